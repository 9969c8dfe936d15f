/** The entropy device. */
package org.jvmm.virtio.rng;
