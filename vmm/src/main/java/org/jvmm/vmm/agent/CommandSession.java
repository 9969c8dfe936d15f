package org.jvmm.vmm.agent;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.jvmm.vmm.agent.wire.MalformedMessageException;

/**
 * One command in the guest with its streams: it is made, started, fed and listened to until it has ended and its output is drained.
 *
 * <p>Bytes pass unchanged. Each stream has a thread of its own, because the reader of one may be slow; a chunk is asked for only when the one
 * before is being written out, so that a slow reader slows the command and fills no memory.
 */
public final class CommandSession {
    /** What a terminal's line discipline takes as the end of input (termios(3), VEOF). */
    private static final byte[] END_OF_TRANSMISSION = { 4 };

    private final AgentClient agent;
    private final String id;
    private final CommandSpec command;
    private final GuestFiles files;
    private final EtcFiles etc;
    private final InputStream stdin;
    private final OutputStream stdout;
    private final OutputStream stderr;

    private int openOutputs;
    private PendingCall exit;
    private IOException outputFailure;
    private boolean started;

    /**
     * @param id container id, unique in the guest
     * @param files the file systems it sees
     * @param etc the files that are the container's own
     * @param stdin fed to the command by a daemon thread, or null for an empty input
     * @param stdout gets the command's output; flushed after each chunk, not closed
     * @param stderr gets the command's error output; flushed after each chunk, not closed
     */
    CommandSession(AgentClient agent, String id, CommandSpec command, GuestFiles files, EtcFiles etc, InputStream stdin,
            OutputStream stdout, OutputStream stderr) {
        this.agent = agent;
        this.id = id;
        this.command = command;
        this.files = files;
        this.etc = etc;
        this.stdin = stdin;
        this.stdout = stdout;
        this.stderr = stderr;
    }

    /**
     * Starts the command.
     *
     * @throws AgentException {@link AgentException#NOT_FOUND} or {@link AgentException#PERMISSION_DENIED} when the command cannot be run,
     *         {@link AgentException#INVALID_ARGUMENT} for an unknown user or a bad directory
     */
    public void start() {
        agent.createContainer(id, command, etc.send(agent, id, command, files)).await();
        // The agent takes the calls of a connection in order, so these need not wait for each other's answers.
        PendingCall start = agent.startContainer(id);
        PendingCall wait = agent.waitProcess(id, "");
        PendingCall firstOutput = agent.readStdout(id, "");
        PendingCall firstError = command.terminal() ? null : agent.readStderr(id, "");
        if (stdin == null && !command.terminal()) {
            agent.closeStdin(id, "");
        }
        start.await();
        synchronized (this) {
            started = true;
            exit = wait;
            openOutputs = firstError == null ? 1 : 2;
        }
        wait.whenDone(this::wake);
        new Thread(() -> pumpOutput(firstOutput, stdout, false), "stdout").start();
        if (firstError != null) {
            new Thread(() -> pumpOutput(firstError, stderr, true), "stderr").start();
        }
        if (stdin != null) {
            Thread pump = new Thread(this::pumpInput, "stdin");
            // It may sit in a read that never returns.
            pump.setDaemon(true);
            pump.start();
        }
    }

    private synchronized void wake() {
        notifyAll();
    }

    private void pumpOutput(PendingCall first, OutputStream target, boolean error) {
        PendingCall call = first;
        try {
            while (true) {
                byte[] chunk = AgentClient.data(call.await());
                call = error ? agent.readStderr(id, "") : agent.readStdout(id, "");
                target.write(chunk);
                target.flush();
            }
        } catch (AgentException | MalformedMessageException e) {
            // The end of the stream, or of the agent: await() tells them apart by the exit status.
            outputEnded(null);
        } catch (IOException e) {
            outputEnded(e);
        }
    }

    private synchronized void outputEnded(IOException failure) {
        openOutputs--;
        if (failure != null && outputFailure == null) {
            outputFailure = failure;
        }
        notifyAll();
    }

    private void pumpInput() {
        byte[] buffer = new byte[AgentClient.WRITE_BYTES];
        PendingCall before = null;
        try {
            for (int n = stdin.read(buffer); n >= 0; n = stdin.read(buffer)) {
                if (before != null) {
                    before.await();
                }
                before = agent.writeStdin(id, "", buffer, 0, n);
            }
            if (before != null) {
                before.await();
            }
            if (command.terminal()) {
                // Closing a terminal's input tells the command nothing.
                agent.writeStdin(id, "", END_OF_TRANSMISSION, 0, 1).await();
            } else {
                agent.closeStdin(id, "").await();
            }
        } catch (AgentException e) {
            // The command has closed its input or ended: nobody reads the rest.
            return;
        } catch (IOException e) {
            // Our own input broke, which to the command is its end.
            agent.closeStdin(id, "");
        }
    }

    /**
     * Waits until the command has ended and all of its output is written.
     *
     * @return exit code, or 128 plus the number of the signal that ended it
     * @throws IOException when its output could not be written: the reader went away, or the disk is full
     * @throws AgentException when the connection ended before the command did
     */
    public synchronized int await() throws IOException, InterruptedException {
        if (!started) {
            throw new IllegalStateException("Command is not started");
        }
        while (outputFailure == null && (!exit.isDone() || openOutputs > 0)) {
            wait();
        }
        if (outputFailure != null) {
            throw outputFailure;
        }
        return AgentClient.exitStatus(exit.await());
    }

    /** Sends a signal to the command. */
    public PendingCall signal(int signal) {
        return agent.signalProcess(id, "", signal);
    }

    /** Tells the command's terminal its new size. */
    public PendingCall resize(int rows, int columns) {
        return agent.resizeTerminal(id, "", rows, columns);
    }

    /** Kills what is left of the command and frees its container. */
    public PendingCall remove() {
        return agent.removeContainer(id);
    }
}
