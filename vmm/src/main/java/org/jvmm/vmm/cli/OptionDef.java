package org.jvmm.vmm.cli;

/**
 * One option.
 *
 * @param name as it is written, with its dashes
 * @param label what its value is called, or null for a switch
 * @param repeats whether it may be given several times
 * @param optional whether its value may be left out; if it is there, it is behind {@code =}
 * @param help one line or two
 */
record OptionDef(String name, String label, boolean repeats, boolean optional, String help) {
    static OptionDef value(String name, String label, String help) {
        return new OptionDef(name, label, false, false, help);
    }

    static OptionDef list(String name, String label, String help) {
        return new OptionDef(name, label, true, false, help);
    }

    static OptionDef optional(String name, String label, String help) {
        return new OptionDef(name, label, false, true, help);
    }

    static OptionDef flag(String name, String help) {
        return new OptionDef(name, null, false, false, help);
    }

    boolean takesValue() {
        return label != null;
    }
}
