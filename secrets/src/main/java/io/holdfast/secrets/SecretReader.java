package io.holdfast.secrets;

import io.holdfast.model.SecretFile;
import io.holdfast.secrets.SecretException.Trouble;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads secrets from their files, sealed and plain ones. The only class that does.
 *
 * <p>A plain file must not be readable by others than its owner and, read-only, its group. A sealed one may be read by
 * anybody, which is its purpose, but changed by its owner only: who can put back an older file brings back an older password.
 *
 * <p>Files are read anew at each call, so that one that was replaced is taken up by whoever asks again. Keys are read when the
 * first sealed file is met or {@link #keys} is called, and again when a file needs one that is not among them, so that keys
 * can be rotated under a running process. Any thread may call.
 */
public final class SecretReader {

    /** The longest file that is read; a secret has a few bytes, an encrypted one a hundred more. */
    static final int FILE_BYTES_MAX = 64 * 1024;

    private static final Set<PosixFilePermission> MAY_CHANGE =
            EnumSet.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

    private final Supplier<Keyring> source;
    private final PlainSecrets plain;
    private final Consumer<String> warnings;
    private final SecureRandom random = new SecureRandom();
    private final Set<Path> told = ConcurrentHashMap.newKeySet();
    private final Object loading = new Object();

    /** Guarded by {@link #loading}. */
    private @Nullable Keyring keys;

    /**
     * @param source asked when a key is needed that is not known
     * @param warnings gets a sentence for each plain file, once, if that is to be told
     */
    public SecretReader(Supplier<Keyring> source, PlainSecrets plain, Consumer<String> warnings) {
        this.source = source;
        this.plain = plain;
        this.warnings = warnings;
    }

    /** As the settings of a process have it. */
    public static SecretReader of(SecretSettings settings, Map<String, String> environment, Consumer<String> warnings) {
        return new SecretReader(() -> KeySources.load(settings.keyFiles(), environment), settings.plain(), warnings);
    }

    /** For a command: keys of the environment, and a person's own plain files are that person's business. */
    public static SecretReader ofCommand(Map<String, String> environment) {
        return of(new SecretSettings(java.util.List.of(), PlainSecrets.ALLOW), environment, _ -> {});
    }

    /** A file that was sealed with a key which is newer than this process sends us to the sources once more. */
    private Keyring keysFor(String id) {
        Keyring known = keys();
        if (known.find(id).isPresent()) {
            return known;
        }
        synchronized (loading) {
            keys = source.get();
            return keys;
        }
    }

    /**
     * The keys; reads them if that has not been done.
     *
     * @throws SecretException when a key file is not as it must be
     */
    public Keyring keys() {
        synchronized (loading) {
            if (keys == null) {
                keys = source.get();
            }
            return keys;
        }
    }

    /**
     * The first line of a file, as text.
     *
     * @param setting the key or option that names the file, for messages
     * @param bytesMax how long the secret may be in UTF-8; it must have one byte
     * @throws SecretException naming the setting and the file
     */
    public String read(String setting, SecretFile file, int bytesMax) {
        String secret = firstLine(setting, file);
        requireSize(setting, file, secret.getBytes(StandardCharsets.UTF_8).length, bytesMax);
        return secret;
    }

    /**
     * As {@link #read}, for a file that Holdfast has made itself: while it is plain, it is sealed as soon as there is a key, since
     * nobody else will think of it.
     */
    public String readOwn(String setting, SecretFile file, int bytesMax) {
        if (!keys().isEmpty() && sealedWith(setting, file) == null) {
            try {
                WholeFile.replace(file.path(), atRest(file.path(), raw(setting + " " + file.path(), file.path())));
            } catch (IOException e) {
                throw new SecretException(
                        Trouble.UNREADABLE, setting + " " + file.path() + " cannot be encrypted: " + e, e);
            }
        }
        return read(setting, file, bytesMax);
    }

    /** The first line, whatever its length. Throws as {@link #read} does. */
    public String firstLine(String setting, SecretFile file) {
        return text(setting + " " + file.path(), content(setting, file))
                .lines()
                .findFirst()
                .orElse("");
    }

    /** All of what the file holds, unsealed. Throws as {@link #read} does. */
    public byte[] content(String setting, SecretFile file) {
        String where = setting + " " + file.path();
        byte[] raw = raw(where, file.path());
        String text = text(where, raw);
        if (Envelope.looksSealed(text)) {
            return Envelope.open(
                    where, text, keysFor(Envelope.header(where, text).keyId()), nameOf(file.path()));
        }
        if (plain == PlainSecrets.REFUSE) {
            throw new SecretException(
                    Trouble.PLAIN,
                    where + " is not encrypted, and secrets.plain is refuse; run: holdfast secret encrypt --in-place "
                            + file.path());
        }
        if (plain == PlainSecrets.WARN && told.add(file.path())) {
            warnings.accept(
                    where + " is not encrypted; 'holdfast secret encrypt --in-place' does it, and secrets.plain says"
                            + " whether that is told, allowed or refused");
        }
        return raw;
    }

    /**
     * Which key a file is sealed with, without opening it; null for a plain one.
     *
     * @throws SecretException when it cannot be read, may be read or changed by others, or its first line is damaged
     */
    public @Nullable String sealedWith(String setting, SecretFile file) {
        String where = setting + " " + file.path();
        String text = text(where, raw(where, file.path()));
        return Envelope.looksSealed(text) ? Envelope.header(where, text).keyId() : null;
    }

    /**
     * What is to be written to a file so that this reader reads it: sealed with the first key; plain when there is none.
     *
     * @throws SecretException when there is no key, and plain files are refused
     */
    public byte[] atRest(Path file, byte[] content) {
        Keyring ring = keys();
        if (ring.first().isPresent()) {
            return Envelope.seal(ring.first().get(), nameOf(file), content, random)
                    .getBytes(StandardCharsets.UTF_8);
        }
        if (plain == PlainSecrets.REFUSE) {
            throw new SecretException(
                    Trouble.PLAIN,
                    file
                            + " would not be encrypted, because there is no key, and secrets.plain is refuse; name a key file"
                            + " under secrets.key-files or in " + KeySources.FILE_VARIABLE);
        }
        return content;
    }

    /** @throws SecretException when a secret has not 1 to {@code bytesMax} bytes */
    public static void requireSize(String setting, SecretFile file, int bytes, int bytesMax) {
        if (bytes < 1 || bytes > bytesMax) {
            throw new SecretException(
                    Trouble.UNSUITABLE,
                    setting + " " + file.path() + " must have 1 to " + bytesMax + " bytes in its first line, has "
                            + bytes);
        }
    }

    private static byte[] raw(String where, Path file) {
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
            byte[] raw;
            try (InputStream in = Files.newInputStream(file)) {
                raw = in.readNBytes(FILE_BYTES_MAX + 1);
            }
            if (raw.length > FILE_BYTES_MAX) {
                throw new SecretException(Trouble.UNSUITABLE, where + " is too large to be a secret");
            }
            boolean changed = permissions.stream().anyMatch(MAY_CHANGE::contains);
            boolean read = permissions.contains(PosixFilePermission.OTHERS_READ)
                    && !Envelope.looksSealed(new String(raw, StandardCharsets.UTF_8));
            if (changed || read) {
                throw new SecretException(
                        Trouble.EXPOSED, where + " may be read or changed by others; run: chmod 600 " + file);
            }
            return raw;
        } catch (NoSuchFileException e) {
            throw new SecretException(Trouble.MISSING, where + " does not exist", e);
        } catch (IOException e) {
            throw new SecretException(Trouble.UNREADABLE, where + " cannot be read: " + e, e);
        }
    }

    private static String text(String where, byte[] raw) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(raw))
                    .toString();
        } catch (java.nio.charset.CharacterCodingException e) {
            throw new SecretException(Trouble.UNSUITABLE, where + " is no text in UTF-8");
        }
    }

    private static String nameOf(Path file) {
        Path name = file.getFileName();
        return name == null ? "" : name.toString();
    }
}
