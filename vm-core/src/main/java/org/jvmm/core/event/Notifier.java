package org.jvmm.core.event;

/** Tells a device's queue handler that there is work. An eventfd on KVM, a plain hand-over on the software engine; devices cannot tell. */
@FunctionalInterface
public interface Notifier {
    /** Never blocks; signals that arrive before the handler ran are merged. */
    void signal();
}
