package org.jvmm.vmm.cli;

import java.util.List;

/**
 * Takes apart a command line that is written plainly: exact option names, each value a word of its own or behind {@code =}. Whatever else it meets,
 * a mistake or a request for help, it leaves to {@link PicocliParser}: that one costs about 100 ms of class loading, which a command line that is
 * right need not pay.
 */
final class PlainParser {
    private PlainParser() {}

    /** The line taken apart, or null when it is not plain. */
    static ParsedLine parse(CommandDef command, List<String> words) {
        ParsedLine line = new ParsedLine();
        for (int at = 0; at < words.size(); at++) {
            String word = words.get(at);
            if (word.equals("--") || !word.startsWith("-") || word.length() == 1) {
                List<String> rest = words.subList(word.equals("--") ? at + 1 : at, words.size());
                if (rest.isEmpty() == (command.trailing() != null)) {
                    return null;
                }
                line.trailing(rest);
                return line;
            }
            int equals = word.startsWith("--") ? word.indexOf('=') : -1;
            OptionDef option = command.option(equals < 0 ? word : word.substring(0, equals));
            if (option == null || !option.repeats() && line.has(option.name())) {
                return null;
            }
            if (!option.takesValue()) {
                if (equals >= 0) {
                    return null;
                }
                line.add(option.name(), "true");
            } else if (equals >= 0) {
                line.add(option.name(), word.substring(equals + 1));
            } else if (option.optional()) {
                line.add(option.name(), "");
            } else if (at + 1 == words.size() || command.option(words.get(at + 1)) != null || words.get(at + 1).equals("--")) {
                return null;
            } else {
                line.add(option.name(), words.get(++at));
            }
        }
        return command.trailing() == null ? line : null;
    }
}
