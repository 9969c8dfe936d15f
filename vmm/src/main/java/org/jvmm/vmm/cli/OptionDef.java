package org.jvmm.vmm.cli;

/**
 * One option.
 *
 * @param name as it is written, with its dashes
 * @param label what its value is called, or null for a switch
 * @param repeats whether it may be given several times
 * @param help one line or two
 */
record OptionDef(String name, String label, boolean repeats, String help) {
    static OptionDef value(String name, String label, String help) {
        return new OptionDef(name, label, false, help);
    }

    static OptionDef list(String name, String label, String help) {
        return new OptionDef(name, label, true, help);
    }

    static OptionDef flag(String name, String help) {
        return new OptionDef(name, null, false, help);
    }

    boolean takesValue() {
        return label != null;
    }
}
