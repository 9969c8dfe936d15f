package org.jvmm.vmm.agent.wire;

/** Bytes that are no protobuf message. The guest's fault, so it carries no stack trace. */
public final class MalformedMessageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message what is wrong */
    public MalformedMessageException(String message) {
        super(message, null, false, false);
    }
}
