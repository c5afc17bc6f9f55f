package io.holdfast.identity;

import io.holdfast.identity.Claims.Method;
import io.holdfast.identity.IdentityException.Kind;
import io.holdfast.identity.Proof.DomainRef;
import io.holdfast.identity.Proof.UserRef;
import io.holdfast.identity.Proof.Wish;
import io.holdfast.identity.TokenService.Issued;
import io.holdfast.identity.core.GuessLimits;
import io.holdfast.identity.core.OptionRule;
import io.holdfast.identity.crypto.Passwords;
import java.net.InetAddress;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * From a proof to a token. Whatever is wrong, the answer is the same and takes as long; who was wrong too often is refused unheard.
 */
public final class Logins {

    private final Directory directory;
    private final TokenService tokens;
    private final Passwords passwords;
    private final LongSupplier nanoTime;

    // Guarded by itself.
    private final GuessLimits limits;

    /** @param nanoTime a monotonic clock in nanoseconds */
    public Logins(
            Directory directory,
            TokenService tokens,
            Passwords passwords,
            int failuresPerMinute,
            LongSupplier nanoTime) {
        this.directory = directory;
        this.tokens = tokens;
        this.passwords = passwords;
        this.limits = new GuessLimits(failuresPerMinute);
        this.nanoTime = nanoTime;
    }

    /**
     * @param address where the request came from
     * @throws IdentityException UNAUTHORIZED when the proof is wrong or the user has nothing in the scope; TOO_OFTEN after too many wrong
     *     ones; BUSY when too many log in at once; FORBIDDEN for a scope that an application credential cannot have
     */
    public Issued login(Proof proof, Wish wish, String address) {
        return switch (proof) {
            case Proof.Password password -> byPassword(password, wish, address);
            case Proof.Application application -> byApplication(application, wish, address);
            case Proof.OldToken(String token) -> byToken(token, wish);
        };
    }

    private Issued byPassword(Proof.Password proof, Wish wish, String address) {
        Optional<User> user = find(proof.user());
        String name = user.map(User::id).orElseGet(() -> String.valueOf(proof.user()));
        Optional<String> hash = user.flatMap(one -> directory.passwordHash(one.id()));
        guess(
                name,
                address,
                () -> hash.isPresent()
                        ? passwords.matches(proof.password(), hash.get())
                        : passwords.matchesNobody(proof.password()));
        User known = user.orElseThrow(IdentityException::unauthorized);
        Set<Method> methods = EnumSet.of(Method.PASSWORD);
        if (wish instanceof Wish.Usual) {
            return usual(known, methods, null);
        }
        return tokens.issue(known.id(), methods, scope(wish), null, null);
    }

    /** With the default project if that can be had, and without a scope if not. */
    private Issued usual(User user, Set<Method> methods, @Nullable Claims from) {
        String project = user.defaultProject();
        if (project != null) {
            try {
                return tokens.issue(user.id(), methods, new Scope.OnProject(project), null, from);
            } catch (IdentityException e) {
                if (e.kind() != Kind.UNAUTHORIZED) {
                    throw e;
                }
            }
        }
        return tokens.issue(user.id(), methods, new Scope.Unscoped(), null, from);
    }

    private Issued byApplication(Proof.Application proof, Wish wish, String address) {
        Optional<AppCredential> found = proof.id() != null
                ? directory.appCredential(proof.id())
                : Optional.ofNullable(proof.user())
                        .flatMap(this::find)
                        .flatMap(user -> directory.appCredentialNamed(user.id(), String.valueOf(proof.name())));
        String name = found.map(AppCredential::id).orElseGet(proof::toString);
        Optional<String> hash = found.flatMap(one -> directory.appCredentialHash(one.id()));
        guess(
                name,
                address,
                () -> hash.isPresent()
                        ? passwords.matches(proof.secret(), hash.get())
                        : passwords.matchesNobody(proof.secret()));
        AppCredential credential = found.orElseThrow(IdentityException::unauthorized);
        Scope own = new Scope.OnProject(credential.project());
        if (!(wish instanceof Wish.Usual) && !scope(wish).equals(own)) {
            throw IdentityException.unauthorized();
        }
        return tokens.issue(credential.user(), EnumSet.of(Method.APP_CREDENTIAL), own, credential.id(), null);
    }

    private Issued byToken(String token, Wish wish) {
        Claims from =
                tokens.view(token).orElseThrow(IdentityException::unauthorized).claims();
        Set<Method> methods = EnumSet.of(Method.TOKEN);
        methods.addAll(from.methods());
        if (wish instanceof Wish.Usual && from.appCredential() == null) {
            User user = directory.user(from.user()).orElseThrow(IdentityException::unauthorized);
            return usual(user, methods, from);
        }
        Scope wanted = wish instanceof Wish.Usual ? from.scope() : scope(wish);
        if (from.appCredential() != null && !wanted.equals(from.scope())) {
            throw new IdentityException(
                    Kind.FORBIDDEN,
                    "A token of an application credential cannot be used to get one for another scope.");
        }
        return tokens.issue(from.user(), methods, wanted, from.appCredential(), from);
    }

    /** Counted before it is tried, so that many at once are no more guesses than one after another. */
    private void guess(String name, String address, BooleanSupplier isRight) {
        boolean near = isNear(address);
        synchronized (limits) {
            if (!limits.begin(name, address, near, nanoTime.getAsLong())) {
                throw new IdentityException(Kind.TOO_OFTEN, "Too many failed logins; wait a minute.");
            }
        }
        boolean counts = false;
        try {
            counts = !isRight.getAsBoolean();
        } finally {
            if (!counts) {
                synchronized (limits) {
                    limits.takeBack(name, address, near);
                }
            }
        }
        if (counts) {
            throw IdentityException.unauthorized();
        }
    }

    private static boolean isNear(String address) {
        try {
            return InetAddress.ofLiteral(address).isLoopbackAddress();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private Scope scope(Wish wish) {
        return switch (wish) {
            case Wish.Usual() -> new Scope.Unscoped();
            case Wish.Nothing() -> new Scope.Unscoped();
            case Wish.ForProject(var id, var name, var domain) ->
                new Scope.OnProject(
                        id != null
                                ? id
                                : domain(domain)
                                        .flatMap(in -> directory.projectNamed(in.id(), String.valueOf(name)))
                                        .map(Project::id)
                                        .orElseThrow(IdentityException::unauthorized));
            case Wish.ForDomain(var ref) ->
                new Scope.OnDomain(domain(ref).map(Domain::id).orElseThrow(IdentityException::unauthorized));
        };
    }

    private Optional<User> find(UserRef ref) {
        if (ref.id() != null) {
            return directory.user(ref.id());
        }
        return domain(ref.domain()).flatMap(in -> directory.userNamed(in.id(), String.valueOf(ref.name())));
    }

    private Optional<Domain> domain(@Nullable DomainRef ref) {
        if (ref == null) {
            return Optional.empty();
        }
        return ref.id() != null ? directory.domain(ref.id()) : directory.domainNamed(String.valueOf(ref.name()));
    }

    /**
     * Changes a user's own password.
     *
     * @throws IdentityException UNAUTHORIZED when the old one is wrong, INVALID when the new one is no other
     */
    public void changePassword(String user, String old, String fresh, String address) {
        Optional<String> hash = directory.passwordHash(user);
        guess(
                user,
                address,
                () -> hash.isPresent() ? passwords.matches(old, hash.get()) : passwords.matchesNobody(old));
        if (directory
                .user(user)
                .map(User::options)
                .filter(own -> OptionRule.isSet(own, OptionRule.LOCK_PASSWORD))
                .isPresent()) {
            throw new IdentityException(
                    Kind.INVALID,
                    "You cannot change your password: its option lock_password lets an administrator do that alone.");
        }
        if (old.equals(fresh)) {
            throw new IdentityException(Kind.INVALID, "The new password cannot be identical to the old one.");
        }
        directory.setPassword(user, passwords.hash(fresh));
    }
}
