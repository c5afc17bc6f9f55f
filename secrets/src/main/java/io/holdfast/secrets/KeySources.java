package io.holdfast.secrets;

import io.holdfast.secrets.SecretException.Trouble;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where master keys come from: key files, those of the settings first, then the environment's.
 *
 * <p>A key file has one key per line, the one that encrypts first; lines that begin with {@code #} are for people. It must
 * belong to this account or to root. Nobody else may read it, with one exception: a file of root's may be readable by its
 * group, because that is how root hands a file to a service (mode 0640, or systemd's credentials, which show their access
 * list as the group's).
 */
public final class KeySources {

    /** Names one key file. */
    public static final String FILE_VARIABLE = "HOLDFAST_SECRET_KEY_FILE";

    /** Holds keys themselves, separated by line breaks or spaces. */
    public static final String KEYS_VARIABLE = "HOLDFAST_SECRET_KEYS";

    private static final int SIZE_MAX = 64 * 1024;
    private static final Set<PosixFilePermission> OWNERS = EnumSet.of(
            PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);

    private KeySources() {}

    /**
     * @param files of the settings or the command line
     * @throws SecretException when a file cannot be read, may be read by others, or holds no key
     */
    public static Keyring load(List<Path> files, Map<String, String> environment) {
        Keyring all = Keyring.empty();
        for (Path file : files) {
            all = all.and(file(file));
        }
        String named = environment.getOrDefault(FILE_VARIABLE, "").strip();
        if (!named.isEmpty()) {
            all = all.and(file(Path.of(named)));
        }
        String keys = environment.getOrDefault(KEYS_VARIABLE, "");
        return keys.isBlank() ? all : all.and(parsed(KEYS_VARIABLE, keys));
    }

    /** The keys of one file; never empty. */
    public static Keyring file(Path file) {
        String where = "the key file " + file;
        try {
            requirePrivate(where, file, Account.own());
            if (Files.size(file) > SIZE_MAX) {
                throw new SecretException(Trouble.UNSUITABLE, where + " is too large to be one");
            }
            return parsed(where, Files.readString(file, StandardCharsets.US_ASCII));
        } catch (NoSuchFileException e) {
            throw new SecretException(
                    Trouble.MISSING, where + " does not exist; make one with: holdfast secret keygen " + file, e);
        } catch (java.nio.charset.CharacterCodingException e) {
            throw new SecretException(Trouble.UNSUITABLE, where + " is no text");
        } catch (IOException e) {
            throw new SecretException(Trouble.UNREADABLE, where + " cannot be read: " + e, e);
        }
    }

    static void requirePrivate(String where, Path file, long own) throws IOException {
        int owner = Account.owner(file);
        Set<PosixFilePermission> others = EnumSet.copyOf(Files.getPosixFilePermissions(file));
        String mode = PosixFilePermissions.toString(others);
        if (!Account.owns(owner, own)) {
            throw new SecretException(
                    Trouble.EXPOSED,
                    where + " belongs to the account " + owner + " and this is " + own
                            + "; run as that account, or: chown " + own + " " + file);
        }
        others.removeAll(OWNERS);
        if (Account.isRoot(owner)) {
            others.remove(PosixFilePermission.GROUP_READ);
        }
        if (!others.isEmpty()) {
            throw new SecretException(
                    Trouble.EXPOSED,
                    where + " may be read or changed by others (" + mode + "); run: chmod 600 " + file);
        }
    }

    private static Keyring parsed(String where, String text) {
        List<MasterKey> keys = new ArrayList<>();
        text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .flatMap(line -> List.of(line.split("\\s+")).stream())
                .forEach(each -> keys.add(MasterKey.parse(where, each)));
        if (keys.isEmpty()) {
            throw new SecretException(Trouble.UNSUITABLE, where + " holds no key");
        }
        return Keyring.of(keys);
    }
}
