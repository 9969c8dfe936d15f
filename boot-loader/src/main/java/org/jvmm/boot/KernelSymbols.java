package org.jvmm.boot;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;
import org.jvmm.core.host.LinuxSyscalls;

/**
 * Names of a kernel's addresses, for messages about a guest that died. They come from the ELF file's symbol table or from a System.map beside the
 * kernel, and are read when first asked for. A kernel without either has none; a malformed table counts as absent, for it must not hide the
 * failure that is being explained.
 */
public final class KernelSymbols {
    /** Where Linux maps its image: {@code __START_KERNEL_map} (Linux Documentation/arch/x86/x86_64/mm.rst). */
    private static final long KERNEL_MAP = 0xFFFF_FFFF_8000_0000L;
    private static final long KERNEL_MAP_SIZE = 1L << 30;
    /** No symbol reaches farther than this; an address beyond belongs to modules or to nothing. */
    private static final long MAX_DISTANCE = 1L << 20;
    private static final int MAX_TABLE = 256 << 20;

    private static final int SHT_SYMTAB = 2;
    private static final int SHDR_SIZE = 64;
    private static final int SYM_SIZE = 24;
    private static final int SHN_UNDEF = 0;
    private static final int SHN_ABS = 0xFFF1;
    private static final int STT_FUNC = 2;

    private final Path kernel;
    private final Supplier<LinuxSyscalls> bindings;
    private boolean loaded;
    private long[] addresses = new long[0];
    private String[] names = new String[0];

    private KernelSymbols(Path kernel, Supplier<LinuxSyscalls> bindings) {
        this.kernel = kernel;
        this.bindings = bindings;
    }

    /**
     * The symbols of a kernel file; reads nothing yet.
     *
     * @param bindings makes system calls for the thread that asks first
     */
    public static KernelSymbols of(Path kernel, Supplier<LinuxSyscalls> bindings) {
        return new KernelSymbols(kernel, bindings);
    }

    /** Number of symbols. */
    public synchronized int size() {
        load();
        return addresses.length;
    }

    /**
     * Names an address.
     *
     * @param address virtual, or physical below 1 GiB as in the first instructions of a kernel, where it is looked up in the kernel's mapping
     * @return {@code symbol+0xoffset/0xsize} as Linux writes it; empty when nothing is known
     */
    public synchronized Optional<String> describe(long address) {
        load();
        if (address >= 0 && address < KERNEL_MAP_SIZE) {
            // First the mapping: per-CPU symbols have small numbers too, but no code is there.
            Optional<String> found = lookup(KERNEL_MAP + address);
            if (found.isPresent()) {
                return found;
            }
        }
        return lookup(address);
    }

    /** The addresses of a symbol: from the first on, up to the second, where the next symbol begins. */
    public synchronized Optional<long[]> range(String name) {
        load();
        for (int i = 0; i < names.length; i++) {
            if (names[i].equals(name)) {
                return Optional.of(new long[] { addresses[i], i + 1 < names.length ? addresses[i + 1] : addresses[i] + MAX_DISTANCE });
            }
        }
        return Optional.empty();
    }

    private Optional<String> lookup(long address) {
        int low = 0;
        int high = addresses.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(addresses[middle], address) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (low == 0) {
            return Optional.empty();
        }
        long offset = address - addresses[low - 1];
        if (offset < 0 || offset > MAX_DISTANCE) {
            return Optional.empty();
        }
        String size = low < addresses.length ? "/0x" + Long.toHexString(addresses[low] - addresses[low - 1]) : "";
        return Optional.of(names[low - 1] + "+0x" + Long.toHexString(offset) + size);
    }

    private void load() {
        if (loaded) {
            return;
        }
        loaded = true;
        if (!tryLoad(kernel, true) && !tryLoad(kernel.resolveSibling("System.map"), false)) {
            String name = String.valueOf(kernel.getFileName());
            if (name.startsWith("vmlinuz-")) {
                // Distributions keep vmlinuz-VERSION and System.map-VERSION side by side.
                tryLoad(kernel.resolveSibling("System.map-" + name.substring(8)), false);
            }
        }
    }

    private boolean tryLoad(Path path, boolean elf) {
        try (BootFile file = BootFile.open("Symbols", path, bindings.get())) {
            Table table = new Table();
            if (!elf) {
                readSystemMap(file, table);
            } else if (ElfImage.detect(file)) {
                readElf(file, table);
            }
            if (table.count == 0) {
                return false;
            }
            table.sort(this);
            return true;
        } catch (KernelException e) {
            return false;
        }
    }

    private static void readElf(BootFile file, Table table) {
        ByteBuffer header = file.read(0, 64, "the ELF header");
        long sections = header.getLong(0x28);
        int count = header.getShort(0x3C) & 0xFFFF;
        if (header.get(4) != 2 || header.getShort(0x3A) != SHDR_SIZE) {
            return;
        }
        ByteBuffer headers = file.read(sections, count * SHDR_SIZE, "the section headers");
        for (int i = 0; i < count; i++) {
            int at = i * SHDR_SIZE;
            int link = headers.getInt(at + 0x28);
            if (headers.getInt(at + 4) == SHT_SYMTAB && link >= 0 && link < count) {
                int strings = link * SHDR_SIZE;
                readSymbols(part(file, headers, at), part(file, headers, strings), table);
                return;
            }
        }
    }

    private static ByteBuffer part(BootFile file, ByteBuffer headers, int at) {
        long size = headers.getLong(at + 0x20);
        if (size < 0 || size > MAX_TABLE) {
            throw file.fault("has a symbol table of " + Long.toUnsignedString(size) + " bytes");
        }
        return file.read(headers.getLong(at + 0x18), (int) size, "the symbol table");
    }

    private static void readSymbols(ByteBuffer symbols, ByteBuffer strings, Table table) {
        for (int at = 0; at + SYM_SIZE <= symbols.limit(); at += SYM_SIZE) {
            int type = symbols.get(at + 4) & 0xF;
            int section = symbols.getShort(at + 6) & 0xFFFF;
            int name = symbols.getInt(at);
            // Functions, data and the untyped labels of assembly; no sections and files.
            if (type <= STT_FUNC && section != SHN_UNDEF && section != SHN_ABS && name > 0 && name < strings.limit()) {
                int end = name;
                while (end < strings.limit() && strings.get(end) != 0) {
                    end++;
                }
                byte[] text = new byte[end - name];
                strings.get(name, text);
                table.add(symbols.getLong(at + 8), new String(text, StandardCharsets.US_ASCII));
            }
        }
    }

    /** Lines of {@code nm}: sixteen hexadecimal digits, a type letter and a name. */
    private static void readSystemMap(BootFile file, Table table) {
        if (file.size() > MAX_TABLE) {
            return;
        }
        ByteBuffer text = file.read(0, (int) file.size(), "the symbols");
        int start = 0;
        for (int at = 0; at < text.limit(); at++) {
            if (text.get(at) == '\n') {
                byte[] line = new byte[at - start];
                text.get(start, line);
                readLine(new String(line, StandardCharsets.US_ASCII), table);
                start = at + 1;
            }
        }
    }

    private static void readLine(String line, Table table) {
        if (line.length() > 19 && line.charAt(16) == ' ' && line.charAt(18) == ' ') {
            try {
                table.add(Long.parseUnsignedLong(line, 0, 16, 16), line.substring(19));
            } catch (NumberFormatException e) {
                // Not a symbol's line; the others are still good.
                return;
            }
        }
    }

    /** Symbols as they are read; of several at one address the first stays. */
    private static final class Table {
        private long[] addresses = new long[1024];
        private String[] names = new String[1024];
        private int count;

        private void add(long address, String name) {
            if (name.isEmpty() || name.startsWith(".L")) {
                return;
            }
            if (count == addresses.length) {
                addresses = Arrays.copyOf(addresses, count * 2);
                names = Arrays.copyOf(names, count * 2);
            }
            addresses[count] = address;
            names[count++] = name;
        }

        private void sort(KernelSymbols target) {
            Integer[] order = new Integer[count];
            for (int i = 0; i < count; i++) {
                order[i] = i;
            }
            Arrays.sort(order, (a, b) -> Long.compareUnsigned(addresses[a], addresses[b]));
            long[] sorted = new long[count];
            String[] sortedNames = new String[count];
            int n = 0;
            for (int index : order) {
                if (n == 0 || sorted[n - 1] != addresses[index]) {
                    sorted[n] = addresses[index];
                    sortedNames[n++] = names[index];
                }
            }
            target.addresses = Arrays.copyOf(sorted, n);
            target.names = Arrays.copyOf(sortedNames, n);
        }
    }
}
