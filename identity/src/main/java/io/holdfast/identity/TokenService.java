package io.holdfast.identity;

import io.holdfast.identity.Claims.Method;
import io.holdfast.identity.core.RoleRule;
import io.holdfast.identity.core.TokenRule;
import io.holdfast.identity.crypto.TokenSeal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes, checks and revokes tokens.
 *
 * <p>A token is looked at in this order: is it one of ours, is it signed with a key that we have, has it expired; only then the database is
 * asked, and not again until something has changed there. What a change at another controller ends is good here for
 * {@link #FRESH} more at most. Without the database no token is good once that time is over.
 */
public final class TokenService implements TokenVerifier {

    /** How old the knowledge may be that nothing has changed. */
    static final Duration FRESH = Duration.ofSeconds(1);

    private static final int REMEMBERED_MAX = 10_000;

    private final TokenBook book;
    private final Directory directory;
    private final Duration tokenTime;
    private final Duration keyTime;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final java.security.SecureRandom random = new java.security.SecureRandom();

    private final Object reading = new Object();
    private final Object readingKeys = new Object();
    private volatile Seen seen = Seen.NOTHING;
    private volatile Keys keys = new Keys(Map.of(), 0, false);

    // Guarded by itself.
    private final Map<String, Remembered> remembered = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Remembered> eldest) {
            return size() > REMEMBERED_MAX;
        }
    };

    /** @param nanoTime a monotonic clock in nanoseconds */
    public TokenService(
            TokenBook book,
            Directory directory,
            IdentitySettings settings,
            InstantSource clock,
            LongSupplier nanoTime) {
        this.book = book;
        this.directory = directory;
        this.tokenTime = settings.tokenTime();
        this.keyTime = settings.keyTime();
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    /** The state of the database at which something was found out. */
    private record Seen(long changes, long changesHere, long atNanos, boolean isAny) {
        static final Seen NOTHING = new Seen(0, 0, 0, false);
    }

    private record Remembered(Bearer bearer, long changes) {}

    private record Keys(Map<Integer, SigningKey> byId, long atNanos, boolean isAny) {}

    /** A token and all that it says. */
    public record Issued(String token, TokenView view) {}

    /**
     * Makes a token.
     *
     * @param from the token that it is made from, whose end is its end; null for a login
     * @throws IdentityException UNAUTHORIZED when the user may not log in or has nothing in the scope
     */
    public Issued issue(
            String user, Set<Method> methods, Scope scope, @Nullable String appCredential, @Nullable Claims from) {
        Standing standing = directory.standing(new Standing.Question(user, scope, appCredential, null));
        List<Role> had = RoleRule.had(standing);
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        Instant expiresAt = now.plus(tokenTime);
        if (from != null && from.expiresAt().isBefore(expiresAt)) {
            expiresAt = from.expiresAt();
        }
        AppCredential credential = standing.appCredential();
        if (credential != null
                && credential.expiresAt() != null
                && credential.expiresAt().isBefore(expiresAt)) {
            expiresAt = credential.expiresAt().truncatedTo(ChronoUnit.MILLIS);
        }
        UUID root = from == null ? null : from.parent() == null ? from.audit() : from.parent();
        Claims claims = new Claims(
                UUID.randomUUID(), root, user, standing.generation(), methods, scope, appCredential, now, expiresAt);
        if (!TokenRule.isGood(claims, standing, had, now)) {
            throw IdentityException.unauthorized();
        }
        return new Issued(
                TokenSeal.sign(claims, signingKey(now)),
                new TokenView(claims, standing, RoleRule.effective(had, standing.known())));
    }

    @Override
    public Optional<Verdict> remembered(String token) {
        Remembered known;
        synchronized (remembered) {
            known = remembered.get(token);
        }
        if (known == null) {
            // A guess costs a signature, and neither a thread nor the database.
            Optional<TokenSeal.Unverified> read = TokenSeal.read(token);
            SigningKey key = read.isEmpty() ? null : keys.byId.get(read.get().key());
            boolean wrong =
                    read.isEmpty() || (key != null && read.get().verified(key).isEmpty());
            return wrong ? Optional.of(new Verdict.Wrong()) : Optional.empty();
        }
        Seen now = seen;
        if (!isFresh(now) || known.changes != now.changes) {
            return Optional.empty();
        }
        return Optional.of(
                clock.instant().isBefore(known.bearer.expiresAt())
                        ? new Verdict.Good(known.bearer)
                        : new Verdict.Ended());
    }

    @Override
    public Verdict ask(String token) {
        Optional<Claims> signed = signed(token);
        if (signed.isEmpty()) {
            return new Verdict.Wrong();
        }
        // Before what it stands for is read: what changes in between is then seen the next time.
        long changes = changes();
        Optional<TokenView> view = judged(signed.get());
        if (view.isEmpty()) {
            return new Verdict.Ended();
        }
        Bearer bearer = bearer(view.get());
        synchronized (remembered) {
            remembered.put(token, new Remembered(bearer, changes));
        }
        return new Verdict.Good(bearer);
    }

    /** All about a token; empty when it is not good. */
    public Optional<TokenView> view(String token) {
        return signed(token).flatMap(this::judged);
    }

    /** Ends a token; false when it was not good. */
    public boolean revoke(String token) {
        Optional<TokenView> view = view(token);
        view.ifPresent(good -> book.revoke(good.claims().audit(), good.claims().expiresAt(), clock.instant()));
        return view.isPresent();
    }

    @Override
    public String loginUrl(String base) {
        return base + "/identity";
    }

    private Optional<TokenView> judged(Claims claims) {
        Instant now = clock.instant();
        if (!now.isBefore(claims.expiresAt())) {
            return Optional.empty();
        }
        Standing standing = directory.standing(
                new Standing.Question(claims.user(), claims.scope(), claims.appCredential(), claims.audit()));
        List<Role> had = RoleRule.had(standing);
        return TokenRule.isGood(claims, standing, had, now)
                ? Optional.of(new TokenView(claims, standing, RoleRule.effective(had, standing.known())))
                : Optional.empty();
    }

    private static Bearer bearer(TokenView view) {
        User user = view.standing().user();
        if (user == null) {
            throw new IllegalStateException("a good token has a user");
        }
        AppCredential credential = view.standing().appCredential();
        return new Bearer(
                user.id(),
                user.name(),
                view.claims().scope(),
                view.roles().stream().map(Role::name).collect(Collectors.toUnmodifiableSet()),
                view.claims().expiresAt(),
                credential != null && !credential.unrestricted());
    }

    private Optional<Claims> signed(String token) {
        Optional<TokenSeal.Unverified> read = TokenSeal.read(token);
        SigningKey key = read.isEmpty() ? null : key(read.get().key());
        return key == null ? Optional.empty() : read.get().verified(key);
    }

    private boolean isFresh(Seen now) {
        return now.isAny
                && nanoTime.getAsLong() - now.atNanos <= FRESH.toNanos()
                && now.changesHere == book.changesHere();
    }

    /** The number of the newest change, at most {@link #FRESH} old. One asks the database, the others wait for it. */
    private long changes() {
        Seen now = seen;
        if (isFresh(now)) {
            return now.changes;
        }
        synchronized (reading) {
            now = seen;
            if (!isFresh(now)) {
                long atNanos = nanoTime.getAsLong();
                long here = book.changesHere();
                now = new Seen(book.changes(), here, atNanos, true);
                seen = now;
            }
            return now.changes;
        }
    }

    /** A key that another controller has made since; who makes up numbers of keys does not make us ask each time. */
    private @Nullable SigningKey key(int id) {
        SigningKey known = keys.byId.get(id);
        if (known != null) {
            return known;
        }
        synchronized (readingKeys) {
            Keys now = keys;
            if (!now.isAny || (!now.byId.containsKey(id) && nanoTime.getAsLong() - now.atNanos > FRESH.toNanos())) {
                now = know(book.keys());
            }
            return now.byId.get(id);
        }
    }

    private SigningKey signingKey(Instant now) {
        SigningKey newest = newest(keys);
        if (newest != null && newest.madeAt().plus(keyTime).isAfter(now)) {
            return newest;
        }
        synchronized (readingKeys) {
            newest = newest(keys);
            if (newest == null || !newest.madeAt().plus(keyTime).isAfter(now)) {
                byte[] fresh = new byte[TokenSeal.SECRET_BYTES];
                random.nextBytes(fresh);
                newest = newest(know(book.renew(fresh, keyTime, tokenTime, now)));
            }
        }
        if (newest == null) {
            throw new IllegalStateException("there is no key although one was made");
        }
        return newest;
    }

    private Keys know(List<SigningKey> all) {
        keys = new Keys(
                all.stream().collect(Collectors.toUnmodifiableMap(SigningKey::id, key -> key)),
                nanoTime.getAsLong(),
                true);
        return keys;
    }

    private static @Nullable SigningKey newest(Keys keys) {
        return keys.byId.values().stream()
                .max(java.util.Comparator.comparingInt(SigningKey::id))
                .orElse(null);
    }
}
