package org.jvmm.vmm.debug;

import java.nio.file.Path;
import java.util.Optional;
import org.jvmm.boot.KernelSymbols;
import org.jvmm.vmm.MachineException;

/**
 * Which instructions are traced, and where to.
 *
 * @param symbol a function of the kernel, or null for all addresses that {@code from} and {@code to} leave
 * @param from first linear address
 * @param to the one behind the last; compared unsigned; 0 means up to the end
 * @param user whether those of user privilege are
 * @param kernel whether those of kernel privilege are
 * @param count how many, on all CPUs together
 * @param file where to, or null for standard error
 */
public record TraceFilter(String symbol, long from, long to, boolean user, boolean kernel, long count, Path file) {
    private static final String COUNT = "count=";
    private static final String FILE = "file=";

    /**
     * Reads {@code [ITEM,...]} with the items {@code FROM-TO} (hexadecimal, TO exclusive), {@code user}, {@code kernel}, {@code count=N}, {@code file=PATH},
     * and otherwise the name of a function of the kernel.
     *
     * @throws MachineException when it is something else
     */
    public static TraceFilter parse(String text) {
        TraceFilter filter = new TraceFilter(null, 0, 0, true, true, Long.MAX_VALUE, null);
        for (String item : text.isEmpty() ? new String[0] : text.split(",", -1)) {
            filter = filter.with(item);
        }
        if (!filter.user && !filter.kernel) {
            throw new MachineException("Trace filter asks for user and kernel alone at once; leave both out to have both");
        }
        return filter;
    }

    private TraceFilter with(String item) {
        if (item.equals("user")) {
            return new TraceFilter(symbol, from, to, user, false, count, file);
        }
        if (item.equals("kernel")) {
            return new TraceFilter(symbol, from, to, false, kernel, count, file);
        }
        try {
            if (item.startsWith(COUNT)) {
                long wanted = Long.parseLong(item.substring(COUNT.length()));
                if (wanted > 0) {
                    return new TraceFilter(symbol, from, to, user, kernel, wanted, file);
                }
            } else if (item.startsWith(FILE) && item.length() > FILE.length()) {
                return new TraceFilter(symbol, from, to, user, kernel, count, Path.of(item.substring(FILE.length())));
            } else if (item.indexOf('-') > 0) {
                return range(item);
            } else if (!item.isEmpty() && item.indexOf('=') < 0) {
                return new TraceFilter(item, from, to, user, kernel, count, file);
            }
        } catch (NumberFormatException e) {
            throw unknown(item);
        }
        throw unknown(item);
    }

    private TraceFilter range(String item) {
        int dash = item.indexOf('-');
        long first = address(item.substring(0, dash));
        long end = address(item.substring(dash + 1));
        if (Long.compareUnsigned(first, end) >= 0) {
            throw new MachineException("Trace filter's range " + item + " is empty");
        }
        return new TraceFilter(symbol, first, end, user, kernel, count, file);
    }

    private static long address(String text) {
        return Long.parseUnsignedLong(text.startsWith("0x") ? text.substring(2) : text, 16);
    }

    private static MachineException unknown(String item) {
        return new MachineException(
                "Trace filter '" + item + "' is unknown: FROM-TO, a kernel function, user, kernel, count=N and file=PATH are possible");
    }

    /** The filter with its symbol's addresses in the place of the symbol. */
    public TraceFilter resolve(KernelSymbols symbols) {
        if (symbol == null) {
            return this;
        }
        Optional<long[]> range = symbols.range(symbol);
        if (range.isEmpty()) {
            throw new MachineException("Trace filter's " + symbol + " is not a symbol of the kernel");
        }
        return new TraceFilter(null, range.get()[0], range.get()[1], user, kernel, count, file);
    }

    /** Whether all addresses are meant. */
    boolean everywhere() {
        return from == 0 && to == 0;
    }

    /** Whether an address is meant. */
    boolean covers(long linear) {
        return everywhere() || Long.compareUnsigned(linear, from) >= 0 && Long.compareUnsigned(linear, to) < 0;
    }
}
