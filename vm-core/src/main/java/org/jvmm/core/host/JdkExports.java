package org.jvmm.core.host;

/** What the JVM was started with. */
public final class JdkExports {
    private JdkExports() {}

    /**
     * The option that a class misses, for a message.
     *
     * @param internal a package of java.base that is not exported by itself
     * @param user who needs it
     * @return the option as it is written, or null when the package is exported
     */
    public static String missing(String internal, Class<?> user) {
        Module own = user.getModule();
        if (Object.class.getModule().isExported(internal, own)) {
            return null;
        }
        return "--add-exports=java.base/" + internal + "=" + (own.isNamed() ? own.getName() : "ALL-UNNAMED");
    }
}
