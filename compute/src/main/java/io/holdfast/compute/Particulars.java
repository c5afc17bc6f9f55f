package io.holdfast.compute;

import org.jspecify.annotations.Nullable;

/**
 * What an owner wrote about an instance, and who locked it: nothing that decides where and whether it runs.
 *
 * @param description for people, or null
 * @param hostname the name that its guest shall have, or null for one made from its name
 * @param lock null while its owner may act on it
 * @param keyName the key pair that it was made with, or null
 * @param reservation the request that made it, perhaps with others; empty when it is not known
 * @param launchIndex its place among those, from 0
 * @param configDrive whether its guest finds a drive with its metadata, key and user data
 */
public record Particulars(
        @Nullable String description,
        @Nullable String hostname,
        @Nullable Lock lock,
        @Nullable String keyName,
        String reservation,
        int launchIndex,
        boolean configDrive) {

    public static final Particulars NONE = new Particulars(null, null, null, null, "", 0, false);

    public Particulars withDescription(@Nullable String text) {
        return new Particulars(text, hostname, lock, keyName, reservation, launchIndex, configDrive);
    }

    public Particulars withHostname(String name) {
        return new Particulars(description, name, lock, keyName, reservation, launchIndex, configDrive);
    }

    public Particulars withKeyName(@Nullable String name) {
        return new Particulars(description, hostname, lock, name, reservation, launchIndex, configDrive);
    }

    public Particulars withConfigDrive(boolean wanted) {
        return new Particulars(description, hostname, lock, keyName, reservation, launchIndex, wanted);
    }

    public Particulars withLock(@Nullable Lock by) {
        return new Particulars(description, hostname, by, keyName, reservation, launchIndex, configDrive);
    }

    /** @param reason in the words of who locked it, or null */
    public record Lock(By by, @Nullable String reason) {}

    /** Who locked it: what an administrator locked its owner cannot unlock. */
    public enum By {
        OWNER,
        ADMIN
    }
}
