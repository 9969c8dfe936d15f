package org.jvmm.virtio.fs;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Objects by the numbers a guest knows them by: the low half is a slot, the high half counts the slot's uses, so that a number given up never names
 * another object. Looking up takes no lock and allocates nothing.
 */
final class SlotTable<T extends Pinned> {
    private static final VarHandle SLOTS = MethodHandles.arrayElementVarHandle(Pinned[].class);
    private static final int FIRST = 1;
    /** Uses of a slot that an epoch has before the next one's begin. */
    private static final int EPOCH_SHIFT = 24;

    private final Class<T> type;
    private volatile Pinned[] slots = new Pinned[64];
    // Guarded by this.
    private int[] uses = new int[64];
    private int[] free = new int[64];
    private int freeCount;
    private int next = FIRST;
    private int size;
    private int epoch;

    SlotTable(Class<T> type) {
        this.type = type;
    }

    /** Enters an object, whose number becomes {@link Pinned#id}; the first of a new table is 1. */
    synchronized void add(T object) {
        int slot;
        if (freeCount > 0) {
            slot = free[--freeCount];
        } else {
            slot = next++;
            if (slot == slots.length) {
                uses = Arrays.copyOf(uses, 2 * slot);
                slots = Arrays.copyOf(slots, 2 * slot);
            }
            // The first object ever, the root of the inodes, is 1 in every epoch.
            uses[slot] = slot == FIRST ? 0 : epoch << EPOCH_SHIFT;
        }
        // 31 bits of use, so that no number is negative or 0.
        object.id = (long) uses[slot] << 32 | slot;
        uses[slot] = uses[slot] + 1 & Integer.MAX_VALUE;
        SLOTS.setRelease(slots, slot, object);
        size++;
    }

    /** The object, pinned, or null. */
    T pin(long id) {
        T object = get(id);
        return object != null && object.pin() ? object : null;
    }

    /** The object, not pinned, or null. */
    T get(long id) {
        Pinned object = at((int) id);
        return object != null && object.id == id ? type.cast(object) : null;
    }

    private Pinned at(int slot) {
        Pinned[] seen = slots;
        if (slot < 0 || slot >= seen.length) {
            return null;
        }
        return (Pinned) SLOTS.getAcquire(seen, slot);
    }

    /** The object in one of the slots below {@link #bound}, not pinned, or null. */
    T inSlot(int slot) {
        return type.cast(at(slot));
    }

    /** Slots that were ever used, and one. */
    synchronized int bound() {
        return next;
    }

    /** Takes an object out; its pin of the table is the caller's now. Null when there is none. */
    synchronized T remove(long id) {
        T object = get(id);
        if (object == null) {
            return null;
        }
        int slot = (int) id;
        SLOTS.setRelease(slots, slot, null);
        if (freeCount == free.length) {
            free = Arrays.copyOf(free, 2 * freeCount);
        }
        free[freeCount++] = slot;
        size--;
        return object;
    }

    /** From the next {@link #clear} on no number but 1 is one of another epoch, 0 to 127. */
    synchronized void epoch(int value) {
        epoch = value & 0x7F;
    }

    /** Gives all up. The numbers start again at 1; nobody may use the table meanwhile. */
    synchronized void clear(HostFiles host) {
        for (int slot = FIRST; slot < next; slot++) {
            if (slots[slot] != null) {
                slots[slot].drop(host);
            }
        }
        slots = new Pinned[64];
        uses = new int[64];
        freeCount = 0;
        next = FIRST;
        size = 0;
    }

    /** Objects in the table. */
    synchronized int size() {
        return size;
    }
}
