package org.jvmm.vmm.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jvmm.kvm.sys.NativeBinding;
import org.jvmm.kvm.sys.Terminal;
import org.jvmm.core.cpu.CpuModel;
import org.jvmm.vmm.Accel;
import org.jvmm.vmm.ConsoleDeviceSpec;
import org.jvmm.vmm.DiskSpec;
import org.jvmm.vmm.Machine;
import org.jvmm.vmm.MachineConfig;
import org.jvmm.vmm.MachineException;
import org.jvmm.vmm.MachineExit;
import org.jvmm.vmm.NetworkSpec;
import org.jvmm.vmm.PmemSpec;
import org.jvmm.vmm.RootfsConfig;
import org.jvmm.vmm.Timings;
import org.jvmm.vmm.VolumeConfig;
import org.jvmm.vmm.VsockSocketSpec;
import org.jvmm.vmm.debug.TraceFilter;
import org.jvmm.vmm.gdb.GdbAddress;
import org.jvmm.vmm.gdb.GdbServer;

/** The options that all commands with a machine share, and the report of its end. */
final class MachineOptions {
    private static final int STDERR = 2;
    /** What is said when a pipe behind standard output has closed. */
    static final String NO_READER = "jvmm: Nobody reads standard output any more";

    private MachineOptions() {}

    /** A configuration with memory, CPUs, engine, devices and command line as the options say; {@code defaultNet} stands for {@code --net}. */
    static MachineConfig.Builder builder(ParsedLine line, Timings timings, String defaultNet) {
        MachineConfig.Builder builder = MachineConfig.builder().timings(timings).appendCmdline(line.value("--cmdline-append"))
                .cpus(line.number("--cpus", 1, 1, 32)).accel(accel(line.value("--accel")))
                .cpuModel(cpuModel(line.value("--cpu-model")));
        if (line.has("--memory")) {
            builder.memory(line.value("--memory"));
        }
        for (String disk : line.values("--disk")) {
            builder.device(DiskSpec.parse(disk));
        }
        for (String pmem : line.values("--pmem")) {
            builder.device(PmemSpec.parse(pmem));
        }
        if (line.has("--console-device")) {
            builder.device(new ConsoleDeviceSpec(line.value("--console-device")));
        }
        if (line.has("--vsock-uds")) {
            builder.device(new VsockSocketSpec(path(line, "--vsock-uds")));
        }
        String net = line.has("--net") ? line.value("--net") : line.has("-p") ? "user" : defaultNet;
        NetworkSpec network = NetworkSpec.parse(net, line.values("-p"));
        if (network != null) {
            builder.device(network);
        }
        return builder;
    }

    /** Adds the host's directories. */
    static MachineConfig.Builder files(ParsedLine line, MachineConfig.Builder builder) {
        if (line.has("--rootfs")) {
            builder.rootfs(RootfsConfig.parse(line.value("--rootfs")));
        }
        for (String volume : line.values("--volume")) {
            builder.volume(VolumeConfig.parse(volume));
        }
        return builder;
    }

    private static Accel accel(String text) {
        if (text == null || text.equals("auto")) {
            return Accel.AUTO;
        }
        if (text.equals("soft")) {
            return Accel.SOFT;
        }
        if (text.equals("kvm")) {
            return Accel.KVM;
        }
        throw new UsageException("--accel " + text + " is unknown: auto, soft and kvm are possible");
    }

    /**
     * Says which engine runs the guest and why, in one line: when that was asked for ({@code --accel=auto}, {@code --debug}), or when a person is
     * watching. A program that reads the command's standard error finds only that.
     */
    static void announce(ParsedLine line, Machine machine) {
        if (line.has("--debug") || "auto".equals(line.value("--accel"))
                || !line.has("--accel") && new Terminal(NativeBinding.newSyscalls(), STDERR).isTerminal()) {
            System.err.println("jvmm: engine " + machine.engineChoice().engine() + ": " + machine.engineChoice().why());
        }
    }

    /** Listens for the debugger of {@code --gdb}, which the machine then waits for, and prepares {@code --trace}. Before the machine starts. */
    static void debugger(ParsedLine line, Machine machine) {
        if (line.has("--gdb") && line.has("--trace")) {
            throw new UsageException("--gdb and --trace exclude each other");
        }
        if (line.has("--gdb")) {
            GdbServer server = GdbServer.start(GdbAddress.parse(line.value("--gdb")), machine.debug());
            machine.onClose(server::close);
            System.err.println("jvmm: waiting for gdb: " + server.command());
        }
        if (line.has("--trace")) {
            trace(TraceFilter.parse(line.value("--trace")), machine);
        }
    }

    private static void trace(TraceFilter filter, Machine machine) {
        try {
            OutputStream target = filter.file() == null
                    ? new FileOutputStream(FileDescriptor.err)
                    : new FileOutputStream(filter.file().toFile());
            PrintStream out = new PrintStream(new BufferedOutputStream(target, 1 << 16), false, StandardCharsets.US_ASCII);
            machine.trace(filter, out);
            machine.onClose(out::flush);
        } catch (IOException e) {
            throw new MachineException("Cannot write the trace to " + filter.file() + ": " + e.getMessage(), e);
        }
    }

    private static CpuModel cpuModel(String text) {
        if (text == null || text.equals("v2")) {
            return CpuModel.V2;
        }
        if (text.equals("v3")) {
            return CpuModel.V3;
        }
        throw new UsageException("--cpu-model " + text + " is unknown: v2 and v3 are possible");
    }

    static Path path(ParsedLine line, String option) {
        String text = line.value(option);
        return text == null ? null : Path.of(text);
    }

    /** The stream of {@code --console}, or null. */
    static OutputStream console(ParsedLine line) {
        String target = line.value("--console");
        if (target == null) {
            return null;
        }
        try {
            return target.equals("-") ? new FileOutputStream(FileDescriptor.err) : new FileOutputStream(target);
        } catch (IOException e) {
            throw new MachineException("Cannot write the console to " + target + ": " + e.getMessage(), e);
        }
    }

    /** Tells of a guest that did not end as it should. */
    static void report(Machine machine) {
        MachineExit exit = machine.exit();
        if (exit == null || exit.isNormal()) {
            System.err.println("jvmm: Guest ended before its command did");
        } else {
            System.err.println("jvmm: " + exit.message());
        }
        if (exit == null || exit.kind() != MachineExit.Kind.INTERNAL_ERROR) {
            for (String text : machine.lastConsoleLines()) {
                System.err.println("  " + text);
            }
        }
    }

    /** Writes what {@code --timings} asks for; after the machine was closed. */
    static void writeTimings(ParsedLine line, Timings timings, Machine machine) {
        String file = line.value("--timings");
        if (file != null) {
            TimingsFile.write(Path.of(file), timings, machine.counters());
        }
    }
}
