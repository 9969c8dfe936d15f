package org.jvmm.vmm.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jvmm.core.memory.GuestMemory;
import org.jvmm.kvm.sys.NativeBinding;
import org.jvmm.kvm.sys.Terminal;
import org.jvmm.vmm.Machine;
import org.jvmm.vmm.MachineConfig;
import org.jvmm.vmm.MachineException;
import org.jvmm.vmm.Milestone;
import org.jvmm.vmm.Timings;
import org.jvmm.vmm.agent.AgentException;
import org.jvmm.vmm.agent.AgentSession;
import org.jvmm.vmm.agent.CommandSession;
import org.jvmm.vmm.agent.CommandSpec;
import org.jvmm.vmm.host.Artifacts;

/** {@code jvmm run}: boots a machine, runs one command in it, and ends with the command's exit code. */
final class RunCommand {
    private static final int SIGINT = 2;
    private static final int SIGTERM = 15;
    private static final int DEFAULT_TIMEOUT = 120;
    private static final long NANOS = 1_000_000_000L;
    /** What the agent may take to deliver a signal before the machine is ended instead. */
    private static final long SIGNAL_NANOS = 500_000_000L;
    /** What a guest that broke its connections may take to say why. */
    private static final long LAST_WORDS_NANOS = 3_000_000_000L;

    private final ParsedLine line;
    private final Timings timings;
    private Machine machine;
    private Terminal terminal;
    private volatile CommandSession session;
    private final AtomicInteger signals = new AtomicInteger();
    private volatile int endedBySignal;

    RunCommand(ParsedLine line, Timings timings) {
        this.line = line;
        this.timings = timings;
    }

    int execute() throws InterruptedException {
        Artifacts artifacts = Artifacts.ofEnvironment();
        CommandSpec command = command();
        MachineConfig config = MachineOptions.files(line, MachineOptions.builder(line, timings, "user"))
                .kernel(line.has("--kernel") ? MachineOptions.path(line, "--kernel") : artifacts.requireKernel())
                .initrd(line.has("--initrd") ? MachineOptions.path(line, "--initrd") : artifacts.requireInitramfs())
                .console(MachineOptions.console(line)).build();
        int timeout = line.number("--timeout", line.has("--gdb") || line.has("--trace") ? 0 : DEFAULT_TIMEOUT, 0, 1_000_000);
        machine = Machine.create(config);
        MachineOptions.announce(line, machine);
        int code;
        try {
            handleSignals();
            MachineOptions.debugger(line, machine);
            machine.start();
            // There is time now: the agent answers when the kernel is up.
            GuestMemory.prepareAccess();
            code = inGuest(command, timeout * NANOS);
        } finally {
            if (terminal != null) {
                terminal.close();
            }
            machine.close();
        }
        MachineOptions.writeTimings(line, timings, machine);
        return endedBySignal != 0 ? ExitCode.SIGNAL + endedBySignal : code;
    }

    private CommandSpec command() {
        CommandSpec command = CommandSpec.of(line.trailing().toArray(new String[0]));
        for (String entry : environment()) {
            command = command.withEnv(entry);
        }
        if (line.has("-w")) {
            command = command.withCwd(line.value("-w"));
        }
        if (line.has("-u")) {
            command = command.withUser(line.value("-u"));
        }
        if (line.has("--hostname")) {
            command = command.withHostname(line.value("--hostname"));
        }
        if (line.has("-t")) {
            terminal = new Terminal(NativeBinding.newSyscalls(), 0);
            if (!terminal.isTerminal()) {
                throw new MachineException("-t needs a terminal on standard input");
            }
            Terminal.WindowSize size = terminal.windowSize();
            command = command.withTerminal(size.rows(), size.columns());
        }
        return command;
    }

    /** {@code -e K} alone takes this process's value, and nothing when there is none, as docker does. */
    private List<String> environment() {
        List<String> entries = new ArrayList<>();
        for (String entry : line.values("-e")) {
            if (entry.indexOf('=') >= 0) {
                entries.add(entry);
            } else if (System.getenv(entry) != null) {
                entries.add(entry + "=" + System.getenv(entry));
            }
        }
        return entries;
    }

    private int inGuest(CommandSpec command, long timeout) throws InterruptedException {
        try {
            AgentSession guest = machine.connectAgent(timeout);
            InputStream stdin = line.has("-i") || line.has("-t") ? new FileInputStream(FileDescriptor.in) : null;
            CommandSession made = guest.command(command, stdin, new FileOutputStream(FileDescriptor.out),
                    new FileOutputStream(FileDescriptor.err));
            made.start();
            timings.mark(Milestone.COMMAND_STARTED);
            session = made;
            if (terminal != null) {
                terminal.enterRawMode();
            }
            int code = made.await();
            timings.mark(Milestone.COMMAND_EXITED);
            return code;
        } catch (AgentException e) {
            return agentFailure(command, e);
        } catch (MachineException e) {
            if (endedBySignal == 0) {
                MachineOptions.report(machine);
            }
            return ExitCode.FAILED;
        } catch (IOException e) {
            if ("Broken pipe".equals(e.getMessage())) {
                System.err.println(MachineOptions.NO_READER);
                return ExitCode.FAILED;
            }
            System.err.println("jvmm: Cannot write the command's output: " + e.getMessage());
            return ExitCode.FAILED;
        }
    }

    private int agentFailure(CommandSpec command, AgentException e) throws InterruptedException {
        if (endedBySignal != 0) {
            return ExitCode.FAILED;
        }
        if (machine.exit() != null || e.code() == AgentException.UNAVAILABLE && machine.awaitExit(LAST_WORDS_NANOS) != null) {
            MachineOptions.report(machine);
            return ExitCode.FAILED;
        }
        String program = command.args().get(0);
        switch (e.code()) {
            case AgentException.NOT_FOUND -> {
                System.err.println("jvmm: " + program + ": no such command in the guest");
                return ExitCode.NOT_FOUND;
            }
            case AgentException.PERMISSION_DENIED -> {
                System.err.println("jvmm: " + program + ": cannot be executed in the guest (" + e.getMessage() + ")");
                return ExitCode.NOT_EXECUTABLE;
            }
            case AgentException.DEADLINE_EXCEEDED ->
                System.err.println("jvmm: The guest's agent did not answer in time; --timeout gives it longer, --console shows the boot");
            default -> System.err.println("jvmm: " + e.getMessage());
        }
        return ExitCode.FAILED;
    }

    private void handleSignals() {
        HostSignals.handle("INT", () -> forward(SIGINT));
        HostSignals.handle("TERM", () -> forward(SIGTERM));
        if (terminal != null) {
            HostSignals.handle("WINCH", () -> resize());
        }
    }

    /**
     * Forwards a signal to the command. A command that has not begun is ended with its machine; so is one whose agent does not take the signal, and
     * one that is sent a second signal. A command that handles the signal may take its time.
     */
    private void forward(int number) {
        CommandSession running = session;
        if (running == null || signals.incrementAndGet() > 1) {
            endBySignal(number);
            return;
        }
        // On a thread of the JVM's for signals, which may wait.
        try {
            running.signal(number).await(SIGNAL_NANOS);
        } catch (AgentException e) {
            if (e.code() == AgentException.DEADLINE_EXCEEDED) {
                endBySignal(number);
            }
        }
    }

    private void endBySignal(int number) {
        if (machine.exit() == null) {
            endedBySignal = number;
            machine.stop();
        }
    }

    private void resize() {
        CommandSession running = session;
        if (running != null) {
            Terminal.WindowSize size = terminal.windowSize();
            running.resize(size.rows(), size.columns());
        }
    }
}
