package org.jvmm.boot;

import java.nio.file.Path;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.memory.GuestMemory;

/** A kernel file whose headers have been read and checked, but which is not loaded yet. */
public sealed interface KernelImage extends AutoCloseable permits ElfImage, BzImage {
    /**
     * Opens a kernel and finds out its format.
     *
     * @throws KernelException when the file is missing, of no known format, or malformed
     */
    static KernelImage open(Path path, LinuxSyscalls syscalls) {
        BootFile file = BootFile.open("Kernel", path, syscalls);
        try {
            if (ElfImage.detect(file)) {
                return new ElfImage(file);
            }
            if (BzImage.detect(file)) {
                return new BzImage(file);
            }
            throw file.fault("is neither an ELF image (vmlinux) nor a bzImage");
        } catch (KernelException e) {
            file.close();
            throw e;
        }
    }

    /** The file. */
    Path path();

    /** First guest-physical address that the kernel occupies. */
    long memoryStart();

    /** First guest-physical address behind the kernel, its bss and what it needs before it reads the memory map. */
    long memoryEnd();

    /**
     * Puts the kernel into memory that is still zero.
     *
     * @throws KernelException when the file cannot be read
     */
    void load(GuestMemory memory);

    /** Highest address the initrd's last byte may have. */
    long initrdAddressMax();

    /** Most characters of the command line, without its NUL. */
    int commandLineMax();

    @Override
    void close();
}
