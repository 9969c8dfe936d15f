package org.jvmm.vmm.agent;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/** A guest whose agent answers: makes the sandbox once and runs any number of commands in it, one after another or at the same time. */
public final class AgentSession {
    private static final String SANDBOX = "jvmm";

    private final AgentClient agent;
    private final GuestFiles files;
    private final EtcFiles etc;
    private int commands;

    private AgentSession(AgentClient agent, GuestFiles files, EtcFiles etc) {
        this.agent = agent;
        this.files = files;
        this.etc = etc;
    }

    /**
     * Makes the sandbox.
     *
     * @param agent a connected agent
     * @throws AgentException when it refuses
     */
    public static AgentSession open(AgentClient agent) {
        return open(agent, GuestFiles.NONE, List.of());
    }

    /**
     * Sets the guest's network up and makes the sandbox with file systems of the host.
     *
     * @param files what every command sees
     * @param networks the machine's cards in order
     * @throws AgentException when the agent refuses, or a file system cannot be mounted
     */
    public static AgentSession open(AgentClient agent, GuestFiles files, List<GuestNetwork> networks) {
        // The agent takes the calls of a connection in order, so none of these waits for another's answer.
        List<PendingCall> calls = new ArrayList<>();
        EtcFiles etc = EtcFiles.of(networks);
        for (int i = 0; i < networks.size(); i++) {
            GuestNetwork network = networks.get(i);
            calls.add(agent.updateInterface(network, i));
            if (network.gateway() != null) {
                calls.add(agent.updateRoutes(network, i));
            }
        }
        PendingCall sandbox = agent.createSandbox(SANDBOX, EtcFiles.HOSTNAME, files, etc.nameServers());
        for (int i = 0; i < calls.size(); i++) {
            await(calls.get(i));
        }
        sandbox.await();
        return new AgentSession(agent, files, etc);
    }

    private static void await(PendingCall networkCall) {
        try {
            networkCall.await();
        } catch (AgentException e) {
            if (e.code() == AgentException.UNAVAILABLE) {
                throw e;
            }
            throw new AgentException(AgentException.INTERNAL,
                    "Cannot set the guest's network up: " + e.getMessage() + "; --net none starts without one");
        }
    }

    /** The calls themselves. */
    public AgentClient agent() {
        return agent;
    }

    /** A command that is not started yet; the arguments are those of {@link CommandSession}. */
    public CommandSession command(CommandSpec command, InputStream stdin, OutputStream stdout, OutputStream stderr) {
        String id;
        synchronized (this) {
            id = "c" + commands++;
        }
        return new CommandSession(agent, id, command, files, etc, stdin, stdout, stderr);
    }

    /**
     * Runs a command to its end and frees its container.
     *
     * @return exit code, or 128 plus the number of the signal that ended it
     * @throws AgentException as {@link CommandSession#start()} and {@link CommandSession#await()}
     * @throws IOException as {@link CommandSession#await()}
     */
    public int run(CommandSpec command, InputStream stdin, OutputStream stdout, OutputStream stderr)
            throws IOException, InterruptedException {
        CommandSession session = command(command, stdin, stdout, stderr);
        session.start();
        try {
            return session.await();
        } finally {
            session.remove().await();
        }
    }

    /**
     * Ends everything in the guest in good order; the guest then restarts, which ends the machine.
     *
     * @param nanos time to wait for the agent's word that all has ended; 0 is without limit
     * @throws AgentException when it does not give it
     */
    public void shutdown(long nanos) {
        PendingCall answer = agent.destroySandbox();
        try {
            answer.await(nanos);
        } finally {
            // The agent restarts the guest as soon as its last client hangs up.
            agent.close();
        }
    }
}
