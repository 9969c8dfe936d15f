/** What every virtio device has in common. */
package org.jvmm.virtio.device;
