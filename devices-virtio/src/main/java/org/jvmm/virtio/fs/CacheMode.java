package org.jvmm.virtio.fs;

/** How long a guest may trust what it has seen of the host's files. */
public enum CacheMode {
    /** Nothing is kept: every access asks the host, data bypass the guest's page cache. For files that both sides change at once. */
    NONE(0),
    /** Names and attributes are trusted for a second, data until a file is opened again or its time of change moves. */
    AUTO(1),
    /** Everything is trusted: the host does not change the tree. */
    ALWAYS(86_400);

    private final int seconds;

    CacheMode(int seconds) {
        this.seconds = seconds;
    }

    /** Life of names and attributes in seconds. */
    int seconds() {
        return seconds;
    }
}
