/** The memory balloon (virtio 1.3 §5.5): memory that the guest does not need goes back to the host. */
package org.jvmm.virtio.balloon;
