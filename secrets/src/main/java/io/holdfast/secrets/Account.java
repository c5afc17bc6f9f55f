package io.holdfast.secrets;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whose process this is, by number: names of accounts may be missing in a container. */
final class Account {

    private static final int ROOT = 0;

    private Account() {}

    static long own() {
        return new UnixSystem().getUid();
    }

    /** Whether the file belongs to us or to root, who may change anything anyway. */
    static boolean owns(int uid, long own) {
        return uid == own || uid == ROOT;
    }

    static boolean isRoot(int uid) {
        return uid == ROOT;
    }

    static int owner(Path file) throws IOException {
        return (Integer) Files.getAttribute(file, "unix:uid");
    }
}
