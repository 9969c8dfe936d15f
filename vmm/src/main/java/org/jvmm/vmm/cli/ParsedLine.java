package org.jvmm.vmm.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A command line taken apart: options by name, then the words behind them. */
final class ParsedLine {
    private final Map<String, List<String>> values = new HashMap<>();
    private List<String> trailing = List.of();

    ParsedLine() {}

    void add(String option, String value) {
        values.computeIfAbsent(option, name -> new ArrayList<>(2)).add(value);
    }

    void trailing(List<String> words) {
        trailing = List.copyOf(words);
    }

    /** Whether an option was given. */
    boolean has(String option) {
        return values.containsKey(option);
    }

    /** The option's value, or null. */
    String value(String option) {
        List<String> all = values.get(option);
        return all == null ? null : all.get(0);
    }

    /** All values of an option, in order. */
    List<String> values(String option) {
        return values.getOrDefault(option, List.of());
    }

    /** The words behind the options. */
    List<String> trailing() {
        return trailing;
    }

    /** An option's value as a number. */
    int number(String option, int fallback, int least, int most) {
        String text = value(option);
        if (text == null) {
            return fallback;
        }
        long number;
        try {
            number = Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new UsageException(option + " " + text + " is not a number");
        }
        if (number < least || number > most) {
            throw new UsageException(option + " " + text + " is out of range: " + least + " to " + most + " are possible");
        }
        return (int) number;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ParsedLine line && line.values.equals(values) && line.trailing.equals(trailing);
    }

    @Override
    public int hashCode() {
        return values.hashCode() * 31 + trailing.hashCode();
    }

    @Override
    public String toString() {
        return values + " " + trailing;
    }
}
