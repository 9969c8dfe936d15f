package org.jvmm.vmm;

import java.nio.file.Path;
import org.jvmm.core.event.EventLoop;
import org.jvmm.core.host.Errno;
import org.jvmm.core.host.LinuxSyscalls;
import org.jvmm.core.host.SyscallException;
import org.jvmm.virtio.blk.BlockException;
import org.jvmm.virtio.pmem.PmemDevice;
import org.jvmm.virtio.pmem.PmemFile;
import org.jvmm.virtio.pmem.PmemFlush;

/**
 * A file as persistent memory: the guest sees them in order as /dev/pmem0, /dev/pmem1 and so on.
 *
 * @param file image
 * @param readOnly whether the file stays as it is, so that several machines may share it; the guest may write, but for itself
 */
public record PmemSpec(Path file, boolean readOnly) implements DeviceSpec {
    /**
     * Reads {@code FILE[,ro]}.
     *
     * @throws MachineException when it is something else
     */
    public static PmemSpec parse(String text) {
        int comma = text.indexOf(',');
        String name = comma < 0 ? text : text.substring(0, comma);
        if (name.isEmpty() || comma >= 0 && !text.substring(comma).equals(",ro")) {
            throw new MachineException("Persistent memory '" + text + "' is unknown: FILE[,ro] is meant");
        }
        return new PmemSpec(Path.of(name), comma >= 0);
    }

    /** Opens and maps the file: done before the engine is made, which has to know all of the guest's memory. */
    PmemFile open(LinuxSyscalls syscalls) {
        try {
            return PmemFile.open(syscalls, file, readOnly);
        } catch (BlockException e) {
            throw new MachineException(e.getMessage(), e);
        } catch (SyscallException e) {
            throw new MachineException("Persistent memory " + file + " cannot be mapped: " + Errno.name(e.errno()), e);
        }
    }

    @Override
    public void build(DeviceHost host) {
        PmemMapping mapping = host.nextPmem();
        LinuxSyscalls syscalls = host.syscalls().get();
        PmemFlush flush = readOnly ? PmemFlush.NOTHING : () -> mapping.flush(syscalls);
        // A flush waits for the disk.
        EventLoop loop = readOnly ? host.loop() : host.newLoop("pmem");
        host.attach(new PmemDevice(mapping.region().gpa(), mapping.region().size(), flush), loop);
        host.showInContainers("/dev/pmem" + mapping.index(), true);
    }
}
