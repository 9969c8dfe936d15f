/**
 * The block device (virtio 1.3 §5.2) over raw files, block special files, sparse overlays and read-only qcow2 images. {@link org.jvmm.virtio.blk.BlockDevice} and its queues
 * know the protocol; {@link org.jvmm.virtio.blk.BlockBackend}s know where the bytes are.
 */
package org.jvmm.virtio.blk;
