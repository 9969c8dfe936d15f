/** Virtio over memory-mapped registers. */
package org.jvmm.virtio.transport;
