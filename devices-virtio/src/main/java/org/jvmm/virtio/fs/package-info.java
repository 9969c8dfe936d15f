/**
 * The file system device: FUSE requests of the guest (virtio 1.3 §5.11, linux/fuse.h) answered from a directory of the host. {@link
 * org.jvmm.virtio.fs.FuseServer} reads messages, {@code PassthroughFs} and its helpers do what they ask by system calls, {@code InodeTable} remembers
 * which inode of the guest is which of the host.
 */
package org.jvmm.virtio.fs;
