// What one person knows of the chat: filled from REST, kept true by events.
import {Client} from './client.js';
import * as mattermost from './mattermost.js';
import * as slack from './slack.js';

export class Store {
  // `changed` is called after every change; `notice` with (kind, data) for what is shown once:
  // errors, dialogs.
  constructor(info, person, {changed, notice}) {
    this.info = info;
    this.service = info.service === 'slack' ? slack : mattermost;
    this.person = person;
    this.me = person.id;
    this.changed = changed;
    this.notice = notice;
    this.users = new Map();
    this.channels = new Map();
    this.posts = new Map();
    this.statuses = {};
    this.unread = new Map();
    this.typing = new Map();
    this.online = false;
    this.current = null;
    this.client = new Client(person, {
      onEvent: (frame) => this.hear(frame),
      onState: (online) => this.setOnline(online),
    });
  }

  async start() {
    await Promise.all([this.loadUsers(), this.loadChannels()]);
    this.client.connect();
  }

  stop() {
    this.client.close();
  }

  // Runs something the person asked for; what goes wrong is shown, not lost.
  async attempt(work) {
    try {
      return await work(this.client);
    } catch (error) {
      this.notice('error', error.message);
      return null;
    }
  }

  async loadUsers() {
    for (const user of await this.client.get('/users?per_page=200')) this.users.set(user.id, user);
    const statuses = await this.client.post('/users/status/ids', [...this.users.keys()]);
    for (const {user_id, status} of statuses) this.statuses[user_id] = status;
  }

  async loadChannels() {
    const base = `/users/me/teams/${this.info.team.id}/channels`;
    const [channels, members] =
        await Promise.all([this.client.get(base), this.client.get(base + '/members')]);
    this.channels = new Map(channels.map((channel) => [channel.id, channel]));
    for (const member of members) {
      const channel = this.channels.get(member.channel_id);
      if (!channel) continue;
      const count = Math.max(0, channel.total_msg_count - member.msg_count);
      this.unread.set(channel.id, {count, mentions: member.mention_count});
    }
  }

  async setOnline(online) {
    const back = online && !this.online;
    this.online = online;
    if (back && this.current) await this.attempt(() => this.loadPosts(this.current));
    this.changed();
  }

  async loadPosts(channelId) {
    const {posts} = await this.client.get(`/channels/${channelId}/posts?per_page=200`);
    for (const [id, post] of this.posts) {
      if (post.channel_id === channelId && post.type !== 'system_ephemeral') this.posts.delete(id);
    }
    for (const post of Object.values(posts)) this.posts.set(post.id, post);
  }

  async open(channelId) {
    this.current = channelId;
    await this.attempt(() => this.loadPosts(channelId));
    this.markRead(channelId);
    this.changed();
  }

  async openDirect(userId) {
    const channel =
        await this.attempt((client) => client.post('/channels/direct', [this.me, userId]));
    if (!channel) return;
    this.channels.set(channel.id, channel);
    await this.open(channel.id);
  }

  markRead(channelId) {
    this.unread.set(channelId, {count: 0, mentions: 0});
    this.client.post('/channels/members/me/view', {channel_id: channelId}).catch(() => {});
  }

  userOf(id) {
    return this.users.get(id) ?? {id, username: 'somebody'};
  }

  // The other side of a direct channel.
  partnerOf(channel) {
    return this.userOf(channel.name.split('__').find((id) => id !== this.me) ?? this.me);
  }

  dismiss(postId) {
    this.posts.delete(postId);
    this.changed();
  }

  names() {
    return new Set([...this.users.values()].map((user) => user.username));
  }

  roots(channelId) {
    return this.inOrder((post) => post.channel_id === channelId && !post.root_id);
  }

  replies(rootId) {
    return this.inOrder((post) => post.root_id === rootId && post.type !== 'system_ephemeral');
  }

  // What only this person was told in that thread.
  whispers(rootId) {
    return this.inOrder((post) => post.root_id === rootId && post.type === 'system_ephemeral');
  }

  thread(rootId) {
    return this.inOrder((post) => post.id === rootId || post.root_id === rootId);
  }

  inOrder(wanted) {
    return [...this.posts.values()].filter(wanted).sort(
        (a, b) => a.create_at - b.create_at || (a.id < b.id ? -1 : 1));
  }

  hear({event, data, broadcast}) {
    const known = this[`on_${event}`];
    if (known) known.call(this, data, broadcast);
    this.changed();
  }

  on_posted(data) {
    const post = JSON.parse(data.post);
    this.keep(post);
    this.typing.delete(post.user_id);
    if (post.user_id === this.me) return;
    const visible = post.channel_id === this.current && document.visibilityState === 'visible';
    if (visible) {
      this.markRead(post.channel_id);
      return;
    }
    const had = this.unread.get(post.channel_id) ?? {count: 0, mentions: 0};
    const named = data.mentions ? JSON.parse(data.mentions).includes(this.me) : false;
    this.unread.set(
        post.channel_id, {count: had.count + 1, mentions: had.mentions + (named ? 1 : 0)});
  }

  keep(post) {
    const had = this.posts.get(post.id);
    if (had && !post.metadata?.reactions && had.metadata?.reactions) {
      post.metadata = {...post.metadata, reactions: had.metadata.reactions};
    }
    this.posts.set(post.id, post);
    if (!this.channels.has(post.channel_id))
      this.attempt(() => this.loadChannels()).then(() => this.changed());
  }

  on_post_edited(data) {
    this.keep(JSON.parse(data.post));
  }

  on_post_deleted(data) {
    const {id} = JSON.parse(data.post);
    for (const post of [...this.posts.values()]) {
      if (post.id === id || post.root_id === id) this.posts.delete(post.id);
    }
  }

  on_ephemeral_message(data) {
    this.keep(JSON.parse(data.post));
  }

  react(text, change) {
    const reaction = JSON.parse(text);
    const post = this.posts.get(reaction.post_id);
    if (!post) return;
    const others = (post.metadata?.reactions ?? [])
                       .filter(
                           (had) => had.user_id !== reaction.user_id ||
                               had.emoji_name !== reaction.emoji_name);
    post.metadata = {...post.metadata, reactions: change(others, reaction)};
  }

  on_reaction_added(data) {
    this.react(data.reaction, (others, reaction) => [...others, reaction]);
  }

  on_reaction_removed(data) {
    this.react(data.reaction, (others) => others);
  }

  on_typing(data, broadcast) {
    this.typing.set(
        data.user_id,
        {channel: broadcast.channel_id, root: data.parent_id, until: Date.now() + 4000});
    setTimeout(() => this.changed(), 4100);
  }

  on_status_change(data) {
    this.statuses[data.user_id] = data.status;
  }

  on_user_updated(data) {
    this.users.set(data.user.id, data.user);
  }

  on_open_dialog(data) {
    this.notice('dialog', JSON.parse(data.dialog));
  }

  on_slack_view(data) {
    this.notice('view', data);
  }

  reload() {
    this.attempt(() => this.loadChannels()).then(() => this.changed());
  }

  on_user_added() {
    this.attempt(() => this.loadUsers());
    this.reload();
  }

  on_user_removed() {
    this.reload();
  }

  on_direct_added() {
    this.reload();
  }

  on_channel_updated() {
    this.reload();
  }

  on_channel_deleted() {
    this.reload();
  }

  on_channel_created() {
    this.reload();
  }
}
