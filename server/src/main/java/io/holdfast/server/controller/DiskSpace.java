package io.holdfast.server.controller;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Says when the file system of the state directory is so full that what a controller has to write may fail. The embedded
 * database and ZooKeeper answer questions on a full disk, and refuse the first change.
 *
 * <p>Any thread; asks the kernel at each call.
 */
final class DiskSpace {

    /** A few segments of the database's log, and room for the logs to say what happened. */
    static final long LEAST_MIB = 64;

    private final Path directory;

    DiskSpace(Path directory) {
        this.directory = directory;
    }

    /** Empty when there is room. */
    String trouble() {
        try {
            return trouble(directory, Files.getFileStore(directory).getUsableSpace());
        } catch (IOException unreadable) {
            return "the state directory " + directory + " cannot be looked at: " + unreadable;
        }
    }

    static String trouble(Path directory, long usableBytes) {
        long mib = usableBytes >> 20;
        return mib >= LEAST_MIB
                ? ""
                : "only " + mib + " MiB are left where " + directory + " is, and " + LEAST_MIB
                        + " MiB are needed: changes may fail";
    }
}
