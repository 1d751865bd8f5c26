-- Which edition of the lists of administrative units provinces read: 14,000 rows that a publication compares only when a list is new.
create table ops.published_list (
    list_name text collate "C" primary key,
    sha256 text collate "C" not null
);
comment on table ops.published_list is
    'Mỗi danh mục đã công bố ở phiên bản nào. One row per list that published.admin_unit is made of: the version it shows.';
grant select on ops.published_list to auditor;
