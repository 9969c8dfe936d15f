/** The virtio-mmio transport (virtio 1.3 §4.2). */
package org.jvmm.virtio.transport;
