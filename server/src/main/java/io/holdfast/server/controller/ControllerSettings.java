package io.holdfast.server.controller;

import io.holdfast.api.ApiSettings;
import io.holdfast.compute.ComputeSettings;
import io.holdfast.compute.ImageSettings;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.identity.IdentitySettings;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.model.SecretFile;
import io.holdfast.model.SegmentId;
import io.holdfast.model.TlsFiles;
import io.holdfast.network.NetworkSettings;
import io.holdfast.notifications.NotificationSettings;
import io.holdfast.recovery.AdmissionSettings;
import io.holdfast.recovery.RecoverySettings;
import io.holdfast.scheduler.SchedulerSettings;
import io.holdfast.secrets.SecretSettings;
import io.holdfast.server.settings.Durations;
import io.holdfast.server.settings.KeepsSecrets;
import io.holdfast.store.EmbeddedPostgres;
import io.holdfast.store.StoreSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The controller's settings file.
 *
 * @param stateDirectory where the controller keeps what must survive it: the embedded database and ZooKeeper, keys,
 *     logs. One controller at a time. Default {@code /var/lib/holdfast/controller}
 * @param name this controller's name, unique among the controllers; default {@code controller-1}
 * @param segment the segment it looks after; default {@code default}
 * @param tls this controller's identity, made by {@code holdfast pki issue --role controller}; required
 */
public record ControllerSettings(
        Path stateDirectory,
        String name,
        String segment,
        @Nullable TlsFiles tls,
        SecretSettings secrets,
        StoreSettings store,
        MembershipSettings membership,
        FencingSettings fencing,
        SchedulerSettings scheduler,
        AdmissionSettings admission,
        ComputeSettings compute,
        NetworkSettings network,
        RecoverySettings recovery,
        NotificationSettings notifications,
        ApiSettings api,
        IdentitySettings identity,
        ImageSettings image)
        implements KeepsSecrets {

    public ControllerSettings {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,62}")) {
            throw new IllegalArgumentException(
                    "name must have 1 to 63 letters, digits, dots, hyphens or underscores, is '" + name + "'");
        }
        SegmentId.of(segment);
        requireRelations(membership, compute, recovery);
        new FencingRelations(fencing, membership, recovery).require();
        ImageSettings.External images = image.external();
        if (images != null && images.login() == null && identity.keystone() == null) {
            throw new IllegalArgumentException(
                    "image.external.login is missing: the external image service does not know"
                            + " the tokens of the identity service here, so a user of its own Keystone has to ask it");
        }
    }

    /** What one group's values mean depends on another's. */
    private static void requireRelations(
            MembershipSettings membership, ComputeSettings compute, RecoverySettings recovery) {
        Duration outlives = recovery.proofs().leaseOutlives();
        if (outlives.compareTo(membership.sessionTimeout()) <= 0) {
            throw new IllegalArgumentException("recovery.proofs.lease-outlives must be longer than"
                    + " membership.session-timeout (" + Durations.format(membership.sessionTimeout()) + "), is "
                    + Durations.format(outlives)
                    + ": the lease of a host that is proven dead would be taken for its return");
        }
        Duration missed = membership.heartbeatTimeout().plus(membership.verifyTimeout());
        if (outlives.compareTo(missed) <= 0) {
            throw new IllegalArgumentException("recovery.proofs.lease-outlives must be longer than"
                    + " membership.heartbeat-timeout and membership.verify-timeout together ("
                    + Durations.format(missed) + "), is " + Durations.format(outlives)
                    + ": the group would not have missed a host that is proven dead");
        }
        if (compute.withdrawnFor().compareTo(recovery.replanInterval()) < 0) {
            throw new IllegalArgumentException("compute.withdrawn-for must not be shorter than"
                    + " recovery.replan-interval (" + Durations.format(recovery.replanInterval()) + "), is "
                    + Durations.format(compute.withdrawnFor())
                    + ": a case that looks for room for an instance would lose it before it looks again");
        }
    }

    public static ControllerSettings defaults() {
        return new ControllerSettings(
                Path.of("/var/lib/holdfast/controller"),
                "controller-1",
                "default",
                null,
                SecretSettings.defaults(),
                StoreSettings.defaults(),
                MembershipSettings.defaults(),
                FencingSettings.defaults(),
                SchedulerSettings.defaults(),
                AdmissionSettings.defaults(),
                ComputeSettings.defaults(),
                NetworkSettings.defaults(),
                RecoverySettings.defaults(),
                NotificationSettings.defaults(),
                ApiSettings.defaults(),
                IdentitySettings.defaults(),
                ImageSettings.defaults());
    }

    /** The same settings with another store. */
    public ControllerSettings withStore(StoreSettings other) {
        return new ControllerSettings(
                stateDirectory,
                name,
                segment,
                tls,
                secrets,
                other,
                membership,
                fencing,
                scheduler,
                admission,
                compute,
                network,
                recovery,
                notifications,
                api,
                identity,
                image);
    }

    /** What the controller keeps in its state directory without being asked. */
    @Override
    public Map<String, SecretFile> ownSecrets() {
        return Map.of(
                "the webhooks' key file",
                SecretFile.of(webhookKey()),
                "the administrator's first password",
                SecretFile.of(adminPassword()),
                "the embedded database's own password",
                SecretFile.of(EmbeddedPostgres.passwordFile(stateDirectory)));
    }

    /** Where the administrator's first password is, if nobody has chosen one. */
    Path adminPassword() {
        return stateDirectory.resolve("admin-password");
    }

    Path webhookKey() {
        return stateDirectory.resolve("webhook.key");
    }

    public SegmentId segmentId() {
        return SegmentId.of(segment);
    }

    /** The identity; says what to do when there is none. */
    public TlsFiles ownIdentity() {
        if (tls == null) {
            throw new IllegalArgumentException(
                    "tls is missing: make an identity with 'holdfast pki init' and 'holdfast pki" + " issue " + name
                            + " --role controller', and name its files under 'tls'");
        }
        return tls;
    }
}
