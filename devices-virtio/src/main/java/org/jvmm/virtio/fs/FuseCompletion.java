package org.jvmm.virtio.fs;

/** Takes the answers of requests that had to wait. */
@FunctionalInterface
public interface FuseCompletion {
    /**
     * A request left waiting by {@link FuseServer#handle} is answered. On a thread of the server's.
     *
     * @param buffers its memory, which holds the answer
     * @param written bytes of the answer
     */
    void complete(FuseBuffers buffers, int written);
}
