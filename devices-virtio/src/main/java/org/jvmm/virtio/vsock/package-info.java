/** The socket device (virtio 1.3 §5.10): streams between guest ports and the VMM, or UNIX sockets of the host. */
package org.jvmm.virtio.vsock;
