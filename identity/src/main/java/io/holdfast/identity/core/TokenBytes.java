package io.holdfast.identity.core;

import io.holdfast.identity.Claims;
import io.holdfast.identity.Claims.Method;
import io.holdfast.identity.Scope;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A token's content as bytes: short, because clients and proxies keep tokens in headers and columns of 255 characters.
 *
 * <pre>
 * 1   version, 1
 * 4   number of the key
 * 1   methods, a bit for each
 * 16  audit id          1+16 the first one of the chain, or 0
 * 8   issued at         8    expires at, milliseconds since 1970
 * id  user              4    its generation       1+id scope: 0 nothing, 1 a project, 2 a domain       id application credential, or an empty one
 * </pre>
 *
 * An id that is 32 hexadecimal digits takes 17 bytes; another one takes its length and one more, and may have 63 characters. With
 * the signature's 32 bytes that makes at most 144, which are 192 characters, for ids of this service.
 */
public final class TokenBytes {

    private static final byte VERSION = 1;
    private static final int ID_PACKED = 255;
    private static final int ID_LENGTH_MAX = 63;
    private static final int BYTES_MAX = 400;

    private TokenBytes() {}

    /** @param key number of the key that it is signed with */
    public record Decoded(int key, Claims claims) {}

    public static byte[] encode(int key, Claims claims) {
        ByteBuffer out = ByteBuffer.allocate(BYTES_MAX);
        out.put(VERSION).putInt(key);
        int methods = 0;
        for (Method method : claims.methods()) {
            methods |= method.bit();
        }
        out.put((byte) methods);
        putUuid(out, claims.audit());
        UUID parent = claims.parent();
        out.put((byte) (parent == null ? 0 : 1));
        if (parent != null) {
            putUuid(out, parent);
        }
        out.putLong(claims.issuedAt().toEpochMilli());
        out.putLong(claims.expiresAt().toEpochMilli());
        putId(out, claims.user());
        out.putInt(claims.generation());
        switch (claims.scope()) {
            case Scope.Unscoped() -> out.put((byte) 0);
            case Scope.OnProject(String id) -> putId(out.put((byte) 1), id);
            case Scope.OnDomain(String id) -> putId(out.put((byte) 2), id);
        }
        putId(out, claims.appCredential() == null ? "" : claims.appCredential());
        byte[] bytes = new byte[out.flip().remaining()];
        out.get(bytes);
        return bytes;
    }

    /** Empty when it is not what {@link #encode} makes. */
    public static Optional<Decoded> decode(byte[] bytes) {
        try {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            if (in.get() != VERSION) {
                return Optional.empty();
            }
            int key = in.getInt();
            Set<Method> methods = EnumSet.noneOf(Method.class);
            int bits = in.get();
            for (Method method : Method.values()) {
                if ((bits & method.bit()) != 0) {
                    methods.add(method);
                }
            }
            UUID audit = uuid(in);
            UUID parent = in.get() == 0 ? null : uuid(in);
            Instant issuedAt = Instant.ofEpochMilli(in.getLong());
            Instant expiresAt = Instant.ofEpochMilli(in.getLong());
            String user = id(in);
            int generation = in.getInt();
            byte kind = in.get();
            Scope scope = switch (kind) {
                case 0 -> new Scope.Unscoped();
                case 1 -> new Scope.OnProject(id(in));
                case 2 -> new Scope.OnDomain(id(in));
                default -> null;
            };
            String credential = id(in);
            if (scope == null || user.isEmpty() || in.hasRemaining()) {
                return Optional.empty();
            }
            @Nullable String shown = credential.isEmpty() ? null : credential;
            return Optional.of(new Decoded(
                    key, new Claims(audit, parent, user, generation, methods, scope, shown, issuedAt, expiresAt)));
        } catch (BufferUnderflowException e) {
            return Optional.empty();
        }
    }

    private static void putUuid(ByteBuffer out, UUID id) {
        out.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    }

    private static UUID uuid(ByteBuffer in) {
        return new UUID(in.getLong(), in.getLong());
    }

    private static void putId(ByteBuffer out, String id) {
        if (id.matches("[0-9a-f]{32}")) {
            out.put((byte) ID_PACKED).put(HexFormat.of().parseHex(id));
            return;
        }
        byte[] text = id.getBytes(StandardCharsets.UTF_8);
        if (text.length > ID_LENGTH_MAX) {
            throw new IllegalArgumentException("an id of " + text.length + " bytes does not fit into a token");
        }
        out.put((byte) text.length).put(text);
    }

    private static String id(ByteBuffer in) {
        int length = Byte.toUnsignedInt(in.get());
        byte[] bytes = new byte[length == ID_PACKED ? 16 : length];
        in.get(bytes);
        return length == ID_PACKED ? HexFormat.of().formatHex(bytes) : new String(bytes, StandardCharsets.UTF_8);
    }
}
