/** What a transport and a virtio device know of each other. */
package org.jvmm.virtio.device;
