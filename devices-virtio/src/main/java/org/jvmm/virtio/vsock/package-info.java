/** The socket device. */
package org.jvmm.virtio.vsock;
