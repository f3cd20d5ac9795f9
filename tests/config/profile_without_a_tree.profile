name: linux
os: linux
disks:
  - partitions: [ { size: "*", fs: ext4, mount: / } ]
distributions: { sets: [base, kernel] }
