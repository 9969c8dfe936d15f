package org.jvmm.vmm.cli;

import java.util.Arrays;
import java.util.List;
import org.jvmm.boot.KernelException;
import org.jvmm.kvm.KvmException;
import org.jvmm.kvm.sys.GuestRamException;
import org.jvmm.kvm.sys.NativeAccessException;
import org.jvmm.core.host.SyscallException;
import org.jvmm.vmm.MachineException;
import org.jvmm.vmm.Milestone;
import org.jvmm.vmm.Timings;
import org.jvmm.vmm.agent.AgentException;

/** The program: finds the command, runs it, and turns what goes wrong into one line and an exit code. */
public final class Main {
    private Main() {}

    /** @param args the command line */
    public static void main(String[] args) {
        Timings timings = new Timings();
        timings.mark(Milestone.JVM_MAIN);
        int code = execute(Arrays.asList(args), timings);
        System.out.flush();
        System.err.flush();
        // Daemon threads may sit in reads that never return. And exit would ask a logger whether it wants to hear of it: 45 classes, nothing else to do.
        Runtime.getRuntime().halt(code);
    }

    /** Runs a command line and returns the exit code. */
    static int execute(List<String> words, Timings timings) {
        boolean debug = words.contains("--debug") && (!words.contains("--") || words.indexOf("--debug") < words.indexOf("--"));
        try {
            return dispatch(words, timings);
        } catch (UsageException | MachineException | KernelException | GuestRamException | SyscallException | AgentException | KvmException
                | NativeAccessException
                | IllegalArgumentException e) {
            return fail(e, debug, e.getMessage());
        } catch (InterruptedException e) {
            return fail(e, debug, "Interrupted");
        } catch (RuntimeException | Error e) {
            return fail(e, debug,
                    "Failed by a mistake of jvmm: " + e.getClass().getSimpleName() + ": " + e.getMessage() + " (--debug shows where)");
        }
    }

    private static int fail(Throwable cause, boolean debug, String message) {
        System.err.println("jvmm: " + message);
        if (debug) {
            cause.printStackTrace();
        }
        return ExitCode.FAILED;
    }

    private static int dispatch(List<String> words, Timings timings) throws InterruptedException {
        String name = words.isEmpty() ? "--help" : words.get(0);
        if (name.equals("--help") || name.equals("-h") || name.equals("help")) {
            System.out.print(PicocliParser.help());
            return words.isEmpty() ? ExitCode.FAILED : ExitCode.OK;
        }
        CommandDef command = CommandDef.find(name.equals("--version") ? "version" : name);
        if (command == null) {
            throw new UsageException("Unknown command " + name + "; see jvmm --help");
        }
        List<String> rest = words.subList(1, words.size());
        ParsedLine line = PlainParser.parse(command, rest);
        if (line == null) {
            line = PicocliParser.parse(command, rest);
        }
        if (line == null) {
            System.out.print(PicocliParser.help(command));
            return ExitCode.OK;
        }
        if (command == CommandDef.RUN) {
            return new RunCommand(line, timings).execute();
        }
        if (command == CommandDef.BOOT) {
            return new BootCommand(line, timings).execute();
        }
        if (command == CommandDef.DOCTOR) {
            return new DoctorCommand(line).execute();
        }
        System.out.println("jvmm " + Version.TEXT);
        return ExitCode.OK;
    }
}
