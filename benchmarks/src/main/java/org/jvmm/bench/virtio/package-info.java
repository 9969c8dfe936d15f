/** The virtio devices alone, with a mock driver. */
package org.jvmm.bench.virtio;
