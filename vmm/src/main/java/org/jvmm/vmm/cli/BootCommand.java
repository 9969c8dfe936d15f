package org.jvmm.vmm.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jvmm.boot.BootProtocol;
import org.jvmm.kvm.sys.NativeBinding;
import org.jvmm.kvm.sys.Terminal;
import org.jvmm.vmm.Machine;
import org.jvmm.vmm.MachineConfig;
import org.jvmm.vmm.MachineExit;
import org.jvmm.vmm.Timings;

/** {@code jvmm boot}: a kernel with its serial console on this terminal, until the guest ends or Ctrl-] is typed. */
final class BootCommand {
    private static final int SIGINT = 2;
    private static final int SIGTERM = 15;
    /** Ctrl-]. */
    private static final int ESCAPE = 0x1D;
    private static final long NANOS = 1_000_000_000L;

    private final ParsedLine line;
    private final Timings timings;
    private volatile int endedBySignal;

    BootCommand(ParsedLine line, Timings timings) {
        this.line = line;
        this.timings = timings;
    }

    int execute() throws InterruptedException {
        if (!line.has("--kernel")) {
            throw new UsageException("--kernel is missing; see jvmm boot --help");
        }
        Screen screen = new Screen();
        OutputStream copy = MachineOptions.console(line);
        MachineConfig config = MachineOptions.builder(line, timings, "none").kernel(MachineOptions.path(line, "--kernel"))
                .initrd(MachineOptions.path(line, "--initrd")).protocol(protocol(line.value("--protocol")))
                .console(copy == null ? screen : new Both(screen, copy)).build();
        int timeout = line.number("--timeout", 0, 0, 1_000_000);
        MachineExit exit;
        Machine machine = Machine.create(config);
        MachineOptions.announce(line, machine);
        screen.onGone = machine::stop;
        try (Terminal terminal = new Terminal(NativeBinding.newSyscalls(), 0)) {
            HostSignals.handle("INT", () -> endBySignal(machine, SIGINT));
            HostSignals.handle("TERM", () -> endBySignal(machine, SIGTERM));
            MachineOptions.debugger(line, machine);
            if (terminal.isTerminal()) {
                terminal.enterRawMode();
            }
            machine.start();
            startTyping(machine);
            exit = timeout == 0 ? machine.awaitExit() : machine.awaitExit(timeout * NANOS);
        } finally {
            machine.close();
        }
        MachineOptions.writeTimings(line, timings, machine);
        if (endedBySignal != 0) {
            return ExitCode.SIGNAL + endedBySignal;
        }
        if (screen.gone) {
            System.err.println(MachineOptions.NO_READER);
            return ExitCode.FAILED;
        }
        if (exit == null) {
            System.err.println("jvmm: The guest still ran after " + timeout + " seconds");
            return ExitCode.FAILED;
        }
        if (!exit.isNormal()) {
            System.err.println("jvmm: " + exit.message());
            return ExitCode.FAILED;
        }
        return ExitCode.OK;
    }

    private void endBySignal(Machine machine, int number) {
        endedBySignal = number;
        machine.stop();
    }

    private static BootProtocol protocol(String text) {
        if (text == null || text.equals("auto")) {
            return BootProtocol.AUTO;
        }
        return switch (text) {
            case "pvh" -> BootProtocol.PVH;
            case "linux64" -> BootProtocol.LINUX64;
            case "bzimage" -> BootProtocol.BZIMAGE;
            default -> throw new UsageException("--protocol " + text + " is unknown: auto, pvh, linux64 and bzimage are possible");
        };
    }

    private static void startTyping(Machine machine) {
        Thread typist = new Thread(() -> {
            byte[] buffer = new byte[256];
            try (FileInputStream input = new FileInputStream(FileDescriptor.in)) {
                for (int n = input.read(buffer); n >= 0; n = input.read(buffer)) {
                    for (int i = 0; i < n; i++) {
                        if (buffer[i] == ESCAPE) {
                            machine.stop();
                            return;
                        }
                    }
                    machine.type(buffer, 0, n);
                }
            } catch (IOException e) {
                // No more input; the guest goes on.
                return;
            }
        }, "typist");
        typist.setDaemon(true);
        typist.start();
    }

    /** Standard output. When nobody reads it any more, nobody watches the guest: the machine ends. */
    private static final class Screen extends OutputStream {
        private final OutputStream out = new FileOutputStream(FileDescriptor.out);
        /** Set before the guest says its first word. */
        private Runnable onGone;
        private volatile boolean gone;

        @Override
        public void write(int b) throws IOException {
            write(new byte[] { (byte) b }, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                out.write(bytes, offset, length);
            } catch (IOException e) {
                gone = true;
                onGone.run();
                throw e;
            }
        }
    }

    /** The console in two places. */
    private static final class Both extends OutputStream {
        private final OutputStream first;
        private final OutputStream second;

        private Both(OutputStream first, OutputStream second) {
            this.first = first;
            this.second = second;
        }

        @Override
        public void write(int b) throws IOException {
            first.write(b);
            second.write(b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            first.write(bytes, offset, length);
            second.write(bytes, offset, length);
        }

        @Override
        public void flush() throws IOException {
            first.flush();
            second.flush();
        }
    }
}
