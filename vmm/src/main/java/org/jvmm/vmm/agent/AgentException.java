package org.jvmm.vmm.agent;

/**
 * A call that the agent refused, or that got no answer. The code is a gRPC status code (google.rpc.Code).
 */
public final class AgentException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What an argument says is wrong. */
    public static final int INVALID_ARGUMENT = 3;
    /** Time is over. */
    public static final int DEADLINE_EXCEEDED = 4;
    /** No such file or command. */
    public static final int NOT_FOUND = 5;
    /** The file cannot be executed. */
    public static final int PERMISSION_DENIED = 7;
    /** The agent does not know the call. */
    public static final int UNIMPLEMENTED = 12;
    /** Any error of the agent's own; also the end of a stream. */
    public static final int INTERNAL = 13;
    /** The connection is gone. */
    public static final int UNAVAILABLE = 14;

    private final int code;

    /**
     * @param code gRPC status code
     * @param message the agent's words, or ours
     */
    public AgentException(int code, String message) {
        super(message);
        this.code = code;
    }

    /** gRPC status code, not 0. */
    public int code() {
        return code;
    }
}
