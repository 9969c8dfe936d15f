/** The persistent-memory device (virtio 1.3 §5.19): a file in the guest's physical address space, which needs no page cache of the guest. */
package org.jvmm.virtio.pmem;
