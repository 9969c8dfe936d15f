/** The split virtqueue (virtio 1.3 §2.7), device side. */
package org.jvmm.virtio.queue;
