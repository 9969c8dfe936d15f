package org.jvmm.vmm.agent;

import java.util.List;
import org.jvmm.vmm.agent.wire.MalformedMessageException;
import org.jvmm.vmm.agent.wire.ProtoReader;
import org.jvmm.vmm.agent.wire.ProtoWriter;

/**
 * The agent's calls with types (guest-agent/proto/agent.proto and health.proto). Each returns its answer to be, so that calls can overlap.
 * Any thread may call.
 */
public final class AgentClient {
    /** The port of the guest on which the agent listens. */
    public static final int PORT = 1024;
    /** Most bytes asked of one read. */
    public static final int READ_BYTES = 256 << 10;
    /** Most bytes sent by one write. */
    public static final int WRITE_BYTES = 64 << 10;

    /** S_IFREG and mode (stat(2)). */
    private static final int REGULAR_0644 = 0100644;
    private static final int DIRECTORY_MODE = 0755;

    private static final String AGENT = "grpc.AgentService";
    private static final String HEALTH = "grpc.Health";

    private final TtrpcClient rpc;

    /** @param rpc a connection to the agent */
    public AgentClient(TtrpcClient rpc) {
        this.rpc = rpc;
    }

    /** Whether the agent serves. */
    public PendingCall check() {
        return rpc.call(HEALTH, "Check", new ProtoWriter());
    }

    /**
     * Makes the sandbox and mounts its file systems; once for a machine, before the first container.
     *
     * @param dns name servers, addresses or lines of resolv.conf(5)
     */
    public PendingCall createSandbox(String id, String hostname, GuestFiles files, List<String> dns) {
        ProtoWriter request = new ProtoWriter().string(1, hostname).strings(2, dns).string(5, id);
        files.writeStorages(request);
        return agent("CreateSandbox", request);
    }

    /** Sets a network card up; the guest finds it by its address. */
    public PendingCall updateInterface(GuestNetwork network, int index) {
        return agent("UpdateInterface", network.interfaceRequest(index));
    }

    /** Sets the default route through a network card. */
    public PendingCall updateRoutes(GuestNetwork network, int index) {
        return agent("UpdateRoutes", network.routesRequest(index));
    }

    /** Puts a small file into the guest, below {@code /run/kata-containers}: readable by all, root's, with its directory. */
    public PendingCall copyFile(String path, byte[] data) {
        return agent("CopyFile", new ProtoWriter(data.length + 128).string(1, path).number(2, data.length).number(3, REGULAR_0644)
                .number(4, DIRECTORY_MODE).bytes(8, data, 0, data.length));
    }

    /** Makes a container whose first process, with the container's id, waits for {@link #startContainer}. */
    public PendingCall createContainer(String id, CommandSpec command, GuestFiles files) {
        ProtoWriter request = new ProtoWriter(4096).string(1, id).string(2, id);
        if (command.user() != null) {
            request.message(3, OciSpec.user(command));
        }
        files.writeDevices(request);
        return agent("CreateContainer", request.message(6, OciSpec.spec(command, files)));
    }

    /** Lets the first process run its command; {@link AgentException#NOT_FOUND} when there is no such command. */
    public PendingCall startContainer(String id) {
        return agent("StartContainer", new ProtoWriter().string(1, id));
    }

    /** Starts another process in a running container. */
    public PendingCall execProcess(String id, String execId, CommandSpec command) {
        ProtoWriter request = new ProtoWriter(4096).string(1, id).string(2, execId);
        if (command.user() != null) {
            request.message(3, OciSpec.user(command));
        }
        return agent("ExecProcess", request.message(4, OciSpec.process(command)));
    }

    /** Waits for a process to end; see {@link #exitStatus}. */
    public PendingCall waitProcess(String id, String execId) {
        return agent("WaitProcess", process(id, execId));
    }

    /**
     * Reads the answer of {@link #waitProcess}.
     *
     * @return exit code, or 128 plus the number of the signal
     */
    public static int exitStatus(byte[] answer) {
        ProtoReader reader = new ProtoReader(answer);
        int status = 0;
        while (reader.next()) {
            if (reader.field() == 1) {
                status = (int) reader.number();
            } else {
                reader.skip();
            }
        }
        return status;
    }

    /** Sends a signal to a process. */
    public PendingCall signalProcess(String id, String execId, int signal) {
        return agent("SignalProcess", process(id, execId).number(3, signal));
    }

    /** Writes to a process's standard input; answered when all bytes are written, which is the flow control. */
    public PendingCall writeStdin(String id, String execId, byte[] data, int offset, int length) {
        return agent("WriteStdin", new ProtoWriter(length + 64).string(1, id).string(2, execId).bytes(3, data, offset, length));
    }

    /** Closes a process's standard input. */
    public PendingCall closeStdin(String id, String execId) {
        return agent("CloseStdin", process(id, execId));
    }

    /** Reads a process's standard output: at least one byte, see {@link #data}; any refusal is the end of the stream. */
    public PendingCall readStdout(String id, String execId) {
        return agent("ReadStdout", process(id, execId).number(3, READ_BYTES));
    }

    /** Reads a process's standard error, as {@link #readStdout}. */
    public PendingCall readStderr(String id, String execId) {
        return agent("ReadStderr", process(id, execId).number(3, READ_BYTES));
    }

    /**
     * Reads the answer of {@link #readStdout} or {@link #readStderr}.
     *
     * @throws MalformedMessageException when it is none
     */
    public static byte[] data(byte[] answer) {
        ProtoReader reader = new ProtoReader(answer);
        byte[] data = {};
        while (reader.next()) {
            if (reader.field() == 1) {
                data = reader.bytes();
            } else {
                reader.skip();
            }
        }
        return data;
    }

    /** Tells a process's terminal its size in characters. */
    public PendingCall resizeTerminal(String id, String execId, int rows, int columns) {
        return agent("TtyWinResize", process(id, execId).number(3, rows).number(4, columns));
    }

    /** Kills what still runs in a container and forgets it; answered when all of it has ended. */
    public PendingCall removeContainer(String id) {
        return agent("RemoveContainer", new ProtoWriter().string(1, id));
    }

    /** Ends everything and restarts the guest, which is the machine's end. */
    public PendingCall destroySandbox() {
        return agent("DestroySandbox", new ProtoWriter());
    }

    /** Ends the connection. */
    public void close() {
        rpc.close();
    }

    private static ProtoWriter process(String id, String execId) {
        return new ProtoWriter().string(1, id).string(2, execId);
    }

    private PendingCall agent(String method, ProtoWriter request) {
        return rpc.call(AGENT, method, request);
    }
}
