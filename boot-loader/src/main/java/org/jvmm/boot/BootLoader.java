package org.jvmm.boot;

import java.util.List;
import java.util.function.Supplier;
import org.jvmm.core.cpu.BootState;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.memory.GuestLayout;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.core.memory.GuestRegion;

/** Puts a kernel, its initrd and everything it is told at boot into guest memory. It returns a processor state and touches no processor. */
public final class BootLoader {
    private BootLoader() {}

    /**
     * Loads a kernel into fresh, zeroed memory.
     *
     * @param bindings makes system calls for a thread: for this one, and for whoever asks for the kernel's symbols
     * @throws KernelException when kernel, initrd or command line cannot be used, or do not fit the memory
     */
    public static LoadedKernel load(BootRequest request, GuestMemory memory, Supplier<LinuxSyscalls> bindings) {
        LinuxSyscalls syscalls = bindings.get();
        try (KernelImage image = KernelImage.open(request.kernel(), syscalls)) {
            BootProtocol protocol = choose(request.protocol(), image);
            checkFit(image, memory, protocol);
            byte[] commandLine = commandLine(request, image);

            image.load(memory);
            Initrd initrd = request.initrd() == null ? null : Initrd.load(request.initrd(), syscalls, memory, image);
            memory.write(GuestLayout.CMDLINE, commandLine);
            MpTable.write(memory, request.cpus());
            E820 map = E820.of(memory);
            long entry = entry(image, protocol);
            BootState state;
            if (protocol == BootProtocol.PVH) {
                HvmStartInfo.write(memory, initrd, map);
                state = CpuSetup.protectedMode(memory, entry);
            } else {
                BootParams params = image instanceof BzImage bz ? bz.bootParams() : BootParams.forElf();
                if (initrd != null) {
                    params.initrd(initrd.address(), initrd.size());
                }
                params.memoryMap(map).write(memory);
                state = CpuSetup.longMode(memory, entry);
            }
            return new LoadedKernel(state, KernelSymbols.of(request.kernel(), bindings), protocol, entry);
        }
    }

    private static byte[] commandLine(BootRequest request, KernelImage image) {
        KernelCommandLine line = new KernelCommandLine(request.cmdline());
        List<MmioDevice> devices = request.devices();
        for (int i = 0; i < devices.size(); i++) {
            line.append(devices.get(i));
        }
        return line.toBytes(image.commandLineMax());
    }

    private static BootProtocol choose(BootProtocol wanted, KernelImage image) {
        if (image instanceof ElfImage elf) {
            if (wanted == BootProtocol.BZIMAGE) {
                throw elf.fault("is an ELF image, not a bzImage as the boot protocol demands");
            }
            if (wanted == BootProtocol.PVH && elf.pvhEntry() == ElfImage.NO_ENTRY) {
                throw elf.fault("has no PVH entry (it is built without CONFIG_PVH)");
            }
            if (wanted == BootProtocol.AUTO) {
                return elf.pvhEntry() == ElfImage.NO_ENTRY ? BootProtocol.LINUX64 : BootProtocol.PVH;
            }
            return wanted;
        }
        if (wanted == BootProtocol.PVH || wanted == BootProtocol.LINUX64) {
            throw new KernelException("Kernel " + image.path() + " is a bzImage, not an ELF image as the boot protocol demands");
        }
        return BootProtocol.BZIMAGE;
    }

    private static long entry(KernelImage image, BootProtocol protocol) {
        if (image instanceof ElfImage elf) {
            return protocol == BootProtocol.PVH ? elf.pvhEntry() : elf.entry();
        }
        return ((BzImage) image).entry();
    }

    private static void checkFit(KernelImage image, GuestMemory memory, BootProtocol protocol) {
        GuestRegion low = memory.regions().get(0);
        if (low.gpa() != 0 || low.end() <= GuestLayout.HIGH_MEMORY) {
            throw new IllegalArgumentException("Guest RAM must start at 0 and reach beyond 1 MiB");
        }
        if (image.memoryEnd() > low.end()) {
            throw new KernelException("Kernel " + image.path() + " is larger than the guest's memory: it ends at "
                    + KernelException.mib(image.memoryEnd()) + ", the guest has " + KernelException.mib(low.end())
                    + (memory.regions().size() > 1 ? " below the device hole" : ""));
        }
        if (protocol != BootProtocol.PVH && image.memoryEnd() > CpuSetup.IDENTITY_MAPPED) {
            throw new KernelException("Kernel " + image.path() + " ends at " + KernelException.mib(image.memoryEnd())
                    + ", the 64-bit entry can reach " + KernelException.mib(CpuSetup.IDENTITY_MAPPED));
        }
        if (image instanceof ElfImage elf && !elf.covers(entry(image, protocol))) {
            throw elf.fault("has its entry 0x" + Long.toHexString(entry(image, protocol)) + " outside of its segments");
        }
    }
}
