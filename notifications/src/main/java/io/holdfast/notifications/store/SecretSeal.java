package io.holdfast.notifications.store;

import io.holdfast.model.SecretFile;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.WholeFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.UUID;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encrypts the secrets of webhooks with a key that is not in the database.
 *
 * <p>Model: AES-256-GCM; a sealed secret is {@code version (1) | key id (4) | nonce (12) | ciphertext and tag}. The id
 * of the webhook is authenticated with it, so that a sealed secret cannot be moved to another row. The key id is the
 * beginning of the key's SHA-256, so that a wrong key is told from a damaged row.
 *
 * <p>The key is one line of base64 in a file of its own, sealed in turn while there is a master key. Controllers that share a database share the
 * file. Without it the secrets are lost, and webhooks have to be made again; that is what it is for.
 */
public final class SecretSeal {

    private static final byte VERSION = 1;
    private static final int KEY_BYTES = 32;
    private static final int KEY_ID_BYTES = 4;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final int LINE_MAX = 64;

    private final Path file;
    private final SecretKeySpec key;
    private final byte[] keyId;
    private final SecureRandom random = new SecureRandom();

    private SecretSeal(Path file, byte[] key) {
        this.file = file;
        this.key = new SecretKeySpec(key, "AES");
        this.keyId = Arrays.copyOf(sha256(key), KEY_ID_BYTES);
    }

    /**
     * Reads the key, or makes one on the first start.
     *
     * @param file the key's file
     * @param secretsExist whether anything is sealed already; then a missing key is an error and not a first start
     * @param secrets reads the file, which is itself encrypted at rest if there is a master key
     * @throws IllegalStateException when the key cannot be used; the message says what to do
     * @throws io.holdfast.secrets.SecretException when its file cannot be read
     */
    public static SecretSeal open(Path file, boolean secretsExist, SecretReader secrets) {
        try {
            if (!Files.exists(file)) {
                if (secretsExist) {
                    throw new IllegalStateException("the key file " + file
                            + " is missing, but the database holds webhook secrets that were encrypted with it; restore"
                            + " the file from a backup or from another controller, or delete the rows of table webhook"
                            + " and subscribe again");
                }
                create(file, secrets);
            }
            byte[] key = Base64.getDecoder()
                    .decode(secrets.readOwn("the webhooks' key file", SecretFile.of(file), LINE_MAX));
            if (key.length != KEY_BYTES) {
                throw new IllegalStateException("the key file " + file + " must hold " + KEY_BYTES
                        + " bytes in base64; restore it from a backup");
            }
            return new SecretSeal(file, key);
        } catch (IllegalArgumentException e) {
            // Without the cause, which would show a character of the key.
            throw new IllegalStateException("the key file " + file + " does not hold base64; restore it from a backup");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot use the key file " + file + ": " + e.getMessage(), e);
        }
    }

    /** Seals the secret of this webhook. */
    public byte[] seal(UUID webhook, String secret) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, nonce, webhook);
            byte[] sealed = cipher.doFinal(secret.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.allocate(1 + KEY_ID_BYTES + NONCE_BYTES + sealed.length)
                    .put(VERSION)
                    .put(keyId)
                    .put(nonce)
                    .put(sealed)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has AES/GCM", e);
        }
    }

    /**
     * Opens what was sealed for this webhook.
     *
     * @throws IllegalStateException when it was sealed with another key, or was changed
     */
    public String unseal(UUID webhook, byte[] sealed) {
        if (sealed.length < 1 + KEY_ID_BYTES + NONCE_BYTES + TAG_BITS / 8 || sealed[0] != VERSION) {
            throw new IllegalStateException("the secret of webhook " + webhook + " is damaged; delete the webhook");
        }
        byte[] sealedWith = Arrays.copyOfRange(sealed, 1, 1 + KEY_ID_BYTES);
        if (!Arrays.equals(sealedWith, keyId)) {
            throw new IllegalStateException("the secret of webhook " + webhook + " was encrypted with key "
                    + HexFormat.of().formatHex(sealedWith) + ", but " + file + " holds key "
                    + HexFormat.of().formatHex(keyId) + "; restore the right file, or delete the webhook");
        }
        int start = 1 + KEY_ID_BYTES;
        byte[] nonce = Arrays.copyOfRange(sealed, start, start + NONCE_BYTES);
        try {
            byte[] plain = cipher(Cipher.DECRYPT_MODE, nonce, webhook)
                    .doFinal(sealed, start + NONCE_BYTES, sealed.length - start - NONCE_BYTES);
            return new String(plain, StandardCharsets.UTF_8);
        } catch (AEADBadTagException e) {
            throw new IllegalStateException(
                    "the secret of webhook " + webhook + " was changed in the database; delete the webhook", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has AES/GCM", e);
        }
    }

    private Cipher cipher(int mode, byte[] nonce, UUID webhook) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(webhook.toString().getBytes(StandardCharsets.US_ASCII));
        return cipher;
    }

    private static void create(Path file, SecretReader secrets) throws IOException {
        byte[] key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        byte[] line = (Base64.getEncoder().encodeToString(key) + "\n").getBytes(StandardCharsets.US_ASCII);
        try {
            // Whole or not there: a half-written key would lose every secret sealed with the other half.
            WholeFile.create(file, secrets.atRest(file, line));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isRegularFile(file)) {
                throw e;
            }
        }
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
