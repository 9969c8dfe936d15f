/** The user-mode network: a guest's connections become the host process's own sockets. */
package org.jvmm.virtio.net.user;
