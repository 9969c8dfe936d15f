package org.jvmm.kvm.abi;

import java.nio.ByteBuffer;

/** {@code struct kvm_clear_dirty_log}: Which pages to protect again ({@code KVM_CLEAR_DIRTY_LOG}). */
public final class KvmClearDirtyLog {
    /** Size in bytes. */
    public static final int SIZE = 24;
    /** Offset of {@code slot}, u32. */
    public static final int SLOT = 0;
    /** Offset of {@code num_pages}, u32. */
    public static final int NUM_PAGES = 4;
    /** Offset of {@code first_page}, u64. */
    public static final int FIRST_PAGE = 8;
    /** Offset of {@code dirty_bitmap}, 8 bytes. */
    public static final int DIRTY_BITMAP = 16;

    private KvmClearDirtyLog() {}

    /** Reads {@code slot} of the structure that begins at {@code at}. */
    public static int slot(ByteBuffer struct, int at) {
        return struct.getInt(at + SLOT);
    }

    /** Writes {@code slot} of the structure that begins at {@code at}. */
    public static void slot(ByteBuffer struct, int at, int value) {
        struct.putInt(at + SLOT, value);
    }

    /** Reads {@code num_pages} of the structure that begins at {@code at}. */
    public static int numPages(ByteBuffer struct, int at) {
        return struct.getInt(at + NUM_PAGES);
    }

    /** Writes {@code num_pages} of the structure that begins at {@code at}. */
    public static void numPages(ByteBuffer struct, int at, int value) {
        struct.putInt(at + NUM_PAGES, value);
    }

    /** Reads {@code first_page} of the structure that begins at {@code at}. */
    public static long firstPage(ByteBuffer struct, int at) {
        return struct.getLong(at + FIRST_PAGE);
    }

    /** Writes {@code first_page} of the structure that begins at {@code at}. */
    public static void firstPage(ByteBuffer struct, int at, long value) {
        struct.putLong(at + FIRST_PAGE, value);
    }
}
