/** The split virtqueue, from the device's side. */
package org.jvmm.virtio.queue;
