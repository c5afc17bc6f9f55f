package io.holdfast.server.controller;

import io.holdfast.api.Advised;
import io.holdfast.api.ApiParts;
import io.holdfast.api.ApiServer;
import io.holdfast.api.Health;
import io.holdfast.api.Lead;
import io.holdfast.api.glance.Glance;
import io.holdfast.api.http.ApiService;
import io.holdfast.api.masakari.InstanceHa;
import io.holdfast.api.neutron.NetworkApi;
import io.holdfast.api.nova.Books;
import io.holdfast.api.nova.ServerImages;
import io.holdfast.api.nova.ServerNetworks;
import io.holdfast.api.placement.PlacementApi;
import io.holdfast.api.store.StoredAudit;
import io.holdfast.api.store.StoredNotifications;
import io.holdfast.api.words.Words;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.ImageSettings;
import io.holdfast.compute.Overcommit;
import io.holdfast.compute.image.ImageFiles;
import io.holdfast.compute.store.StoredCompute;
import io.holdfast.compute.store.StoredImages;
import io.holdfast.fencing.PowerOn;
import io.holdfast.fencing.Rehearsal;
import io.holdfast.membership.HostStatus;
import io.holdfast.model.HostId;
import io.holdfast.network.store.StoredNetworks;
import io.holdfast.network.store.StoredSecurityGroups;
import io.holdfast.notifications.NotificationService;
import io.holdfast.placement.store.StoredAllocations;
import io.holdfast.placement.store.StoredProviders;
import io.holdfast.placement.store.StoredWords;
import io.holdfast.recovery.Capacity;
import io.holdfast.recovery.FailoverSegments;
import io.holdfast.recovery.Recovery;
import io.holdfast.recovery.ScheduleExplainer;
import io.holdfast.secrets.SecretReader;
import io.holdfast.server.Closing;
import io.holdfast.store.Store;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** A controller's API, put together: Holdfast's own, and those of OpenStack's services, over what the controller has. */
record ApiAssembly(ControllerSettings settings, SecretReader secrets, Closing closing, Vertx vertx, Store store) {

    /**
     * It does not listen yet.
     *
     * @param admitted the hosts, of which a human takes one out of service only if that is admitted
     */
    ApiServer assemble(
            StoredCompute compute,
            Hosts admitted,
            StoredNetworks networks,
            Recovery recovery,
            Capacity capacity,
            ScheduleExplainer explainer,
            Advised advised,
            FailoverSegments segments,
            NotificationService notifications,
            Rehearsal rehearsal,
            PowerOn power,
            Function<HostId, Optional<HostStatus>> membership,
            Supplier<Health> health,
            Supplier<Lead> lead) {
        Words words = new Words(recovery, settings.api().monitors(), System::nanoTime);
        StoredSecurityGroups groups = new StoredSecurityGroups(store, settings.network(), InstantSource.system());
        ImageSettings.External external = settings.image().external();
        IdentityParts identity = IdentityParts.open(
                store,
                settings.identity(),
                external == null ? null : external.url(),
                settings.adminPassword(),
                secrets,
                closing);
        List<ApiService> beside = new ArrayList<>(identity.services());
        beside.add(NetworkApi.over(networks, groups, compute.instances(), settings.network()));
        beside.add(InstanceHa.of(
                compute.hosts(),
                compute.instances(),
                recovery,
                segments,
                new StoredNotifications(store),
                words,
                settings.api().monitors().repeatsWithin(),
                InstantSource.system()));
        beside.add(placement());
        StoredImages images = images(compute);
        ServerImages serverImages = ServerImages.HERE;
        if (external == null) {
            beside.add(Glance.of(images, settings.image()));
        } else {
            serverImages = ImageParts.external(store, settings, external, images, secrets, closing);
        }
        ApiParts parts = new ApiParts(
                compute.instances(),
                compute.catalog(),
                admitted,
                compute.serverGroups(),
                new Books(
                        compute.keyPairs(),
                        compute.aggregates(),
                        compute.quotas(),
                        compute.consoles(),
                        compute.figures(),
                        serverImages),
                new ServerNetworks(networks::portsOf, networks::networks, groups::group),
                recovery,
                capacity,
                explainer,
                advised,
                words,
                notifications.webhooks(),
                notifications,
                rehearsal,
                power,
                membership,
                health,
                identity.verifier(),
                new StoredAudit(store),
                beside);
        return closing.add(new ApiServer(vertx, parts, settings.name(), lead, settings.api(), secrets));
    }

    /** By the scheduler's own numbers: what is a candidate there and what is a home here must not differ. */
    private PlacementApi placement() {
        StoredProviders providers = new StoredProviders(
                store,
                new Overcommit(
                        settings.scheduler().vcpuOvercommit(),
                        settings.scheduler().memoryOvercommit()),
                settings.scheduler().diskOvercommit(),
                InstantSource.system());
        return PlacementApi.of(
                providers,
                new StoredAllocations(store, providers, InstantSource.system()),
                new StoredWords(store, InstantSource.system()),
                InstantSource.system());
    }

    private StoredImages images(StoredCompute compute) {
        StoredImages images = closing.add(new StoredImages(
                store,
                compute.catalog(),
                new ImageFiles(
                        settings.compute().sharedStorage(), settings.image().keepFreeBytes()),
                settings.image(),
                InstantSource.system()));
        images.start();
        return images;
    }
}
